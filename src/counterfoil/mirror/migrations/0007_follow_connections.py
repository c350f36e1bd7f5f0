"""Keep what happens to connections, what they may write, and a colour for each organisation."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Organisations that are here keep the colour that they had."""

    dependencies = [
        ("mirror", "0006_say_who_signed"),
    ]

    operations = [
        migrations.AddField(
            model_name="xeroapp",
            name="accepted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="role",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="connection",
            name="writes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="asked_scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="failing_because",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="failing_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="is_app_refused",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="organisation",
            name="colour",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="workspace",
            name="holds_one_organisation",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="ConnectionEvent",
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
                            ("connected", "Connected"),
                            ("reconnected", "Reconnected"),
                            ("two_way", "Made two-way"),
                            ("read_only", "Made read-only"),
                            ("renewal_failing", "Renewing fails"),
                            ("renewed", "Renewed again"),
                            ("lost", "Access lost"),
                            ("found_again", "Access is back"),
                            ("role_changed", "Role in Xero changed"),
                            ("removed", "Removed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("what", models.TextField(blank=True)),
                ("who", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField()),
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
                "indexes": [models.Index(fields=["workspace", "-id"], name="event_latest")],
            },
        ),
        isolate("mirror_connectionevent"),
        migrations.RunSQL(
            sql=[
                "select set_config('counterfoil.workspace', '*', true)",
                "update mirror_organisation set colour = id % 6",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
