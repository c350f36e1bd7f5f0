"""Write down who did what in a workspace."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Its rows are bound to their workspace like all of a workspace's data."""

    dependencies = [
        ("mirror", "0003_receive_webhooks"),
        ("workspaces", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("who_name", models.CharField(max_length=255)),
                ("act", models.CharField(max_length=40)),
                ("what", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "who",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "indexes": [models.Index(fields=["workspace", "-id"], name="audit_latest")],
            },
        ),
        isolate("workspaces_auditentry"),
    ]
