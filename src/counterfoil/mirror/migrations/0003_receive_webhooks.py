"""Keep what Xero delivers by webhook, and note which records are to be read for it."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Deliveries belong to no workspace; notices do."""

    dependencies = [
        ("mirror", "0002_isolate_workspaces"),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("full", "Full copy"),
                    ("delta", "Changes"),
                    ("sweep", "Daily check"),
                    ("webhook", "News from Xero"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("body", models.BinaryField()),
                ("unpacked_at", models.DateTimeField(null=True)),
                ("replayed_at", models.DateTimeField(null=True)),
                ("event_count", models.PositiveIntegerField(default=0)),
                ("unclaimed_count", models.PositiveIntegerField(default=0)),
                ("unused_count", models.PositiveIntegerField(default=0)),
                ("first_sequence", models.BigIntegerField(null=True)),
                ("last_sequence", models.BigIntegerField(null=True)),
                ("problem", models.TextField(blank=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["received_at"], name="delivery_latest"),
                    models.Index(
                        condition=models.Q(("unpacked_at", None)), fields=["id"], name="delivery_waiting"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40)),
                ("xero_id", models.TextField(db_collation="C")),
                ("said_at", models.DateTimeField()),
                ("heard", models.PositiveIntegerField(default=1)),
                ("heard_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField()),
                ("problem", models.TextField(blank=True)),
                ("settled_at", models.DateTimeField(null=True)),
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
                        condition=models.Q(("settled_at", None)),
                        fields=["organisation", "next_try_at"],
                        name="notice_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "stream", "xero_id"), name="notice_once_per_record"
                    )
                ],
            },
        ),
        isolate("mirror_notice"),
    ]
