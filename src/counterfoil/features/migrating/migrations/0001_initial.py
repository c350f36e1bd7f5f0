"""Keep the data of an earlier tool until it is assigned."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Both tables of migrating."""

    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        ("mirror", "0002_initial"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Import",
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
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    ("name", models.CharField(max_length=255)),
                    ("digest", models.CharField(max_length=64)),
                    ("given_by", models.CharField(max_length=255)),
                    ("given_at", models.DateTimeField()),
                    ("assigned_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "digest"), name="import_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="StagedRow",
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
                            to="migrating.import",
                        ),
                    ),
                    ("line", models.PositiveIntegerField()),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("client", "clients"),
                                ("invoice", "invoices"),
                                ("payment", "payments"),
                                ("other", "other lines"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("xero_id", models.CharField(blank=True, max_length=64)),
                    ("number", models.CharField(blank=True, max_length=255)),
                    ("name", models.CharField(blank=True, max_length=255)),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                    ("said", models.JSONField()),
                    ("matched_id", models.CharField(blank=True, max_length=64)),
                    (
                        "matched_by",
                        models.CharField(
                            blank=True,
                            choices=[("id", "by Xero’s id"), ("number", "by number"), ("name", "by name")],
                            max_length=10,
                        ),
                    ),
                    (
                        "made_client",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="clients.client",
                        ),
                    ),
                    (
                        "made_link",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="clients.link",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("belongs_to", "line"), name="line_once_per_import")
                    ],
                },
            ),
        ),
    ]
