"""Keep what was worked out of all invoices: how customers pay, and what to expect."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """One row for each organisation."""

    initial = True

    dependencies = [
        ("mirror", "0024_compare_workspaces_as_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outlook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("worked_out_at", models.DateTimeField()),
                ("findings", models.JSONField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.organisation",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation",), name="one_outlook_per_organisation")
                ],
            },
        ),
        isolate("reports_outlook"),
    ]
