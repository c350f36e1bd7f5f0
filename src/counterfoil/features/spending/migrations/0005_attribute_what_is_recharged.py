"""Keep what is said about a cost by recharging it, and the share of it that the firm bears."""

from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    dependencies = [
        ("spending", "0004_find_costs_by_what_was_typed"),
    ]

    operations = [
        AtOnce(
            migrations.AddField(
                model_name="verdict",
                name="own_weight",
                field=models.DecimalField(decimal_places=4, default=0, max_digits=19),
            ),
            migrations.AddField(
                model_name="verdict",
                name="is_of_recharge",
                field=models.BooleanField(default=False),
            ),
        ),
    ]
