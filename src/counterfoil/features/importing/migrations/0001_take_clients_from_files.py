"""Keep files of clients, people and deals line by line."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Two tables, bound to their workspace."""

    initial = True

    dependencies = [
        ("mirror", "0017_keep_search_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("clients", "clients"), ("people", "people"), ("deals", "deals")],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=64)),
                ("heads", models.JSONField()),
                ("meanings", models.JSONField()),
                (
                    "dates",
                    models.CharField(
                        choices=[
                            ("day", "Day first, as in 31/12/2026"),
                            ("month", "Month first, as in 12/31/2026"),
                        ],
                        default="day",
                        max_length=5,
                    ),
                ),
                ("makes_clients", models.BooleanField(default=False)),
                ("given_by", models.CharField(max_length=255)),
                ("given_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UploadRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField()),
                ("cells", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Will be added"),
                            ("found", "May be here already"),
                            ("wrong", "Cannot be taken"),
                            ("left", "Left as it is"),
                            ("made", "Added"),
                            ("completed", "Completed"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("found_id", models.BigIntegerField(null=True)),
                (
                    "choice",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("leave", "Leave the one that is here as it is"),
                            ("complete", "Fill in what it lacks"),
                            ("add", "Add another one"),
                        ],
                        max_length=10,
                    ),
                ),
                ("made_id", models.BigIntegerField(null=True)),
                ("made_client_id", models.BigIntegerField(null=True)),
                ("wrote", models.JSONField(null=True)),
                ("stood", models.JSONField(null=True)),
                (
                    "belongs_to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="importing.upload",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(
                fields=("workspace", "kind", "digest"), name="upload_once_per_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="uploadrow",
            index=models.Index(fields=["belongs_to", "state", "line"], name="upload_row_by_state"),
        ),
        migrations.AddConstraint(
            model_name="uploadrow",
            constraint=models.UniqueConstraint(fields=("belongs_to", "line"), name="line_once_per_upload"),
        ),
        isolate("importing_upload"),
        isolate("importing_uploadrow"),
    ]
