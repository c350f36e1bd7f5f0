"""Keep the apps that workspaces registered at Xero themselves."""

import counterfoil.mirror.encryption
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """One current app for each workspace; older ones stay for the consents that were given to them."""

    dependencies = [
        ("mirror", "0003_receive_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="XeroApp",
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
                        choices=[
                            ("code", "Web app"),
                            ("pkce", "App without a secret"),
                            ("custom", "Custom connection"),
                        ],
                        default="code",
                        max_length=10,
                    ),
                ),
                ("client_id", models.CharField(max_length=64)),
                ("client_secret", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                ("webhook_key", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                (
                    "permissions",
                    models.CharField(
                        choices=[
                            ("granular", "Fine-grained permissions"),
                            ("broad", "Broad permissions, for an app made before 2 March 2026"),
                        ],
                        default="granular",
                        max_length=10,
                    ),
                ),
                ("is_current", models.BooleanField(default=True)),
                ("saved_by", models.CharField(max_length=255)),
                ("saved_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="mirror.workspace"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "client_id"), name="app_once_per_workspace"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("workspace",),
                        name="one_current_app",
                    ),
                ],
            },
        ),
        isolate("mirror_xeroapp"),
    ]
