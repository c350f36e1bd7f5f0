"""Keep what webhooks brought and the test of the own address."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of webhooks."""

    initial = True

    dependencies = [
        ("mirror", "0002_initial"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="KnownKey",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("client_id", models.CharField(max_length=64)),
                    ("firm_id", models.BigIntegerField(null=True)),
                    ("digest", models.CharField(max_length=64)),
                    ("since", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("client_id", "firm_id"), name="known_key_once", nulls_distinct=False
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Refusal",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("hour", models.DateTimeField(unique=True)),
                    ("count", models.PositiveIntegerField(default=1)),
                    ("first_at", models.DateTimeField()),
                    ("last_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="SelfTest",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "workspace",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("asked_by", models.CharField(max_length=255)),
                    ("asked_at", models.DateTimeField()),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("checks", models.JSONField(default=list)),
                ],
            ),
        ),
    ]
