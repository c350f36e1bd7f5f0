"""Keep which files go along with an invoice, and bind them to the workspace of the transaction."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """A new table."""

    dependencies = [
        ("invoicing", "0002_isolate_workspaces"),
        ("mirror", "0003_isolate_and_note"),
        ("recharging", "0002_isolate_workspaces"),
    ]

    operations = [
        migrations.CreateModel(
            name="FilesAsked",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40)),
                ("document_id", models.TextField(db_collation="C")),
                ("asked_at", models.DateTimeField()),
                ("listed_at", models.DateTimeField(null=True)),
                ("count", models.PositiveSmallIntegerField(default=0)),
                ("what", models.TextField(blank=True)),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="invoicing.invoicedraft",
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
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("listed_at", None)),
                        fields=["organisation"],
                        name="recharging_files_to_list",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("draft", "document_id"), name="recharging_files_asked_once"
                    )
                ],
            },
        ),
        isolate("recharging_filesasked"),
    ]
