"""A minimum no longer counts as every line of every agreement."""

import django.contrib.postgres.constraints
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_keep_changes_of_agreements"),
        ("mirror", "0020_know_the_groups_of_a_contact"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="service",
            name="service_billed_once",
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_of_days", True), ("line__isnull", False)),
                expressions=[
                    (
                        models.Func(
                            models.F("line_id"), models.F("line_id"), models.Value("[]"), function="int8range"
                        ),
                        "&&",
                    ),
                    (models.Func(models.F("start"), models.F("end"), function="daterange"), "&&"),
                ],
                name="service_billed_once",
            ),
        ),
    ]
