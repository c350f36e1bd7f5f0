"""Keep what every comparison of the copy with Xero came to."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Each belongs to a workspace."""

    dependencies = [
        ("mirror", "0004_keep_own_apps"),
    ]

    operations = [
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Comparing"),
                            ("done", "Compared"),
                            ("failed", "Not compared"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=40)),
                ("asked_by", models.CharField(blank=True, max_length=255)),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("part", models.CharField(blank=True, max_length=60)),
                ("parts_done", models.PositiveSmallIntegerField(default=0)),
                ("parts_total", models.PositiveSmallIntegerField(default=0)),
                ("calls", models.PositiveIntegerField(default=0)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("equal", "Equal"),
                            ("explained", "Explained"),
                            ("unexplained", "Unexplained"),
                        ],
                        max_length=12,
                    ),
                ),
                ("figures", models.JSONField(null=True)),
                ("sentence", models.TextField(blank=True)),
                ("next_step", models.TextField(blank=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.organisation",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="mirror.run",
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
                "indexes": [models.Index(fields=["organisation", "-asked_at"], name="verification_latest")],
            },
        ),
        isolate("mirror_verification"),
    ]
