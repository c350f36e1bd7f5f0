"""Keep who is told of what, what is to be told, and what came of it."""

import counterfoil.mirror.encryption
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """All tables of announcing."""

    initial = True

    dependencies = [
        ("mirror", "0005_name_the_schema_of_fold"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Subscription",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("address", models.CharField(max_length=500)),
                    (
                        "kinds",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=30), size=None
                        ),
                    ),
                    ("secret", counterfoil.mirror.encryption.EncryptedTextField()),
                    ("is_on", models.BooleanField(default=True)),
                    ("made_by", models.CharField(max_length=255)),
                    ("made_at", models.DateTimeField()),
                    ("next_try_at", models.DateTimeField()),
                    ("failures", models.PositiveSmallIntegerField(default=0)),
                    ("failing_since", models.DateTimeField(null=True)),
                    ("stopped_because", models.TextField(blank=True)),
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
                name="Posting",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("events", models.PositiveSmallIntegerField()),
                    ("status", models.PositiveSmallIntegerField(null=True)),
                    ("took_ms", models.PositiveIntegerField()),
                    ("sentence", models.CharField(blank=True, max_length=300)),
                    ("was_taken", models.BooleanField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "subscription",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="postings",
                            to="announcing.subscription",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["subscription", "-id"], name="posting_latest")],
                },
            ),
            migrations.CreateModel(
                name="Event",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "key",
                        models.UUIDField(
                            db_default=models.Func(function="gen_random_uuid"), default=uuid.uuid4
                        ),
                    ),
                    ("kind", models.CharField(max_length=30)),
                    ("stream", models.CharField(blank=True, db_default="", max_length=40)),
                    ("record_id", models.TextField(blank=True, db_default="")),
                    ("at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField(null=True)),
                    (
                        "organisation",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
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
                        "subscription",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="events",
                            to="announcing.subscription",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("sent_at", None)),
                            fields=["subscription", "id"],
                            name="event_unsent",
                        ),
                        models.Index(fields=["subscription", "at"], name="event_by_time"),
                    ],
                },
            ),
        ),
    ]
