"""Keep uploaded files and their rows."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Both tables of importing."""

    initial = True

    dependencies = [
        ("mirror", "0002_initial"),
    ]

    operations = [
        AtOnce(
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
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("clients", "clients"),
                                ("people", "people"),
                                ("deals", "deals"),
                                ("time", "hours"),
                                ("units", "units"),
                                ("expenses", "expenses"),
                            ],
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
                    ("currency", models.CharField(blank=True, max_length=3)),
                    ("makes_clients", models.BooleanField(default=False)),
                    ("given_by", models.CharField(max_length=255)),
                    ("given_at", models.DateTimeField()),
                    ("applied_at", models.DateTimeField(null=True)),
                    ("undone_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("workspace", "kind", "digest"), name="upload_once_per_kind"
                        )
                    ],
                },
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
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "belongs_to",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="rows",
                            to="importing.upload",
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
                ],
                options={
                    "indexes": [
                        models.Index(fields=["belongs_to", "state", "line"], name="upload_row_by_state")
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("belongs_to", "line"), name="line_once_per_upload")
                    ],
                },
            ),
        ),
    ]
