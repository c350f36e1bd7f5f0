"""Keep for which currency a given rate holds, so that no other is charged at it."""

from django.db import migrations, models
from django.db.models import Q

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """One more column of terms, and the rule that follows."""

    dependencies = [("recharging", "0003_keep_what_files_go_along")]

    operations = [
        AtOnce(
            migrations.RemoveConstraint(model_name="terms", name="recharging_terms_given_rate"),
            migrations.AddField(
                model_name="terms", name="rate_for", field=models.CharField(blank=True, max_length=3)
            ),
            migrations.AlterField(
                model_name="terms",
                name="rate",
                field=models.DecimalField(blank=True, decimal_places=10, max_digits=24, null=True),
            ),
            migrations.AddConstraint(
                model_name="terms",
                constraint=models.CheckConstraint(
                    condition=(Q(rate_from="given", rate__gt=0) & ~Q(rate_for=""))
                    | (~Q(rate_from="given") & Q(rate=None, rate_for="")),
                    name="recharging_terms_given_rate",
                    violation_error_message="Write the rate that you agreed, above zero, and for which currency.",
                ),
            ),
        ),
    ]
