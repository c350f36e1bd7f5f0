"""Keep what reading everything again would change, until somebody applies it."""

import counterfoil.mirror.rawjson
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Each belongs to a workspace."""

    dependencies = [
        ("mirror", "0011_say_why_access_was_lost"),
    ]

    operations = [
        migrations.CreateModel(
            name="Resync",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("streams", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("reading", "Reading"),
                            ("ready", "Ready"),
                            ("applying", "Applying"),
                            ("applied", "Applied"),
                            ("dropped", "Not applied"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("asked_by", models.CharField(blank=True, max_length=255)),
                ("asked_at", models.DateTimeField()),
                ("read_from", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("applied_by", models.CharField(blank=True, max_length=255)),
                ("finished_at", models.DateTimeField(null=True)),
                ("part", models.CharField(blank=True, max_length=60)),
                ("pages_done", models.PositiveIntegerField(default=0)),
                ("pages_total", models.PositiveIntegerField(default=0)),
                ("calls", models.PositiveIntegerField(default=0)),
                ("bytes_received", models.PositiveBigIntegerField(default=0)),
                ("plan", models.JSONField(null=True)),
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
        ),
        migrations.CreateModel(
            name="ResyncRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40)),
                ("xero_id", models.TextField(db_collation="C")),
                ("fate", models.CharField(max_length=10)),
                ("raw", counterfoil.mirror.rawjson.RawJSONField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.organisation",
                    ),
                ),
                (
                    "resync",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="records",
                        to="mirror.resync",
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
        migrations.AddIndex(
            model_name="resync",
            index=models.Index(fields=["organisation", "-asked_at"], name="resync_latest"),
        ),
        migrations.AddConstraint(
            model_name="resyncrecord",
            constraint=models.UniqueConstraint(
                fields=("resync", "stream", "xero_id"), name="resync_record_once"
            ),
        ),
        isolate("mirror_resync"),
        isolate("mirror_resyncrecord"),
    ]
