"""Keep the outlook of cash."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """The one table of reports."""

    initial = True

    dependencies = [
        ("mirror", "0002_initial"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Outlook",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    ("day", models.DateField()),
                    ("worked_out_at", models.DateTimeField()),
                    ("findings", models.JSONField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("organisation",), name="one_outlook_per_organisation")
                    ],
                },
            ),
        ),
    ]
