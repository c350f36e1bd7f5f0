"""Keep the tokens of programs, and what they were answered."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Both tables of access."""

    initial = True

    dependencies = [
        ("mirror", "0003_isolate_and_note"),
        ("workspaces", "0002_isolate_and_keep_an_owner"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="ApiToken",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=80)),
                    ("digest", models.CharField(max_length=64, unique=True)),
                    ("ending", models.CharField(max_length=4)),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=20), size=None
                        ),
                    ),
                    (
                        "organisation_ids",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.BigIntegerField(), null=True, size=None
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField(null=True)),
                    ("revoked_at", models.DateTimeField(null=True)),
                    ("last_used_at", models.DateTimeField(null=True)),
                    ("minute_from", models.DateTimeField(null=True)),
                    ("minute_calls", models.PositiveIntegerField(default=0)),
                    (
                        "membership",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="workspaces.membership",
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
                ],
            ),
            migrations.CreateModel(
                name="KeptAnswer",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("key", models.CharField(max_length=200)),
                    ("digest", models.CharField(max_length=64)),
                    ("status", models.PositiveSmallIntegerField(default=0)),
                    ("body", models.TextField(blank=True)),
                    ("kept_at", models.DateTimeField(db_index=True)),
                    (
                        "token",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="access.apitoken",
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
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("token", "key"), name="answered_once")],
                },
            ),
        ),
    ]
