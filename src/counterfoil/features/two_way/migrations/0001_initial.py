"""Keep which fields go both ways, and what was agreed."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of two-way contacts."""

    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        ("mirror", "0002_initial"),
        ("workspaces", "__first__"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Agreement",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "link",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="agreement",
                            to="clients.link",
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="clients.person",
                        ),
                    ),
                    ("values", models.JSONField(default=dict)),
                    (
                        "apart",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=30), default=list, size=None
                        ),
                    ),
                    ("is_stale", models.BooleanField(default=False)),
                    ("agreed_at", models.DateTimeField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Difference",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "link",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="differences",
                            to="clients.link",
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="clients.person",
                        ),
                    ),
                    ("field", models.CharField(max_length=30)),
                    (
                        "why",
                        models.CharField(
                            choices=[
                                ("first", "Different when first compared"),
                                ("both", "Changed on both sides"),
                                ("refused", "Refused by Xero"),
                                ("held", "Marked as “Do not send”"),
                                ("blocked", "Cannot be sent"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("agreed", models.TextField(null=True)),
                    ("ours", models.TextField(blank=True)),
                    ("theirs", models.TextField(blank=True)),
                    ("sentence", models.TextField(blank=True)),
                    ("xero_words", models.JSONField(default=list)),
                    (
                        "operation",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.operation",
                        ),
                    ),
                    ("found_at", models.DateTimeField()),
                    (
                        "choice",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("ours", "Ours"),
                                ("theirs", "Xero’s"),
                                ("edited", "Edited"),
                                ("apart", "Left different"),
                            ],
                            max_length=6,
                        ),
                    ),
                    ("chosen", models.TextField(blank=True)),
                    (
                        "decided_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("decided_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("decided_at", None)),
                            fields=["organisation", "why", "id"],
                            name="difference_waiting",
                        ),
                        models.Index(
                            fields=["organisation", "decided_by", "-decided_at"], name="difference_decided"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("decided_at", None)),
                            fields=("link", "field"),
                            name="difference_once_per_field",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("decided_at", None), models.Q(("choice", ""), _negated=True), _connector="OR"
                            ),
                            name="difference_decided_says_how",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="FieldsChoice",
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
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    ("is_on", models.BooleanField(default=False)),
                    (
                        "at_first",
                        models.CharField(
                            choices=[
                                ("ask", "Ask about each"),
                                ("ours", "Ours, for all of them"),
                                ("theirs", "Xero’s, for all of them"),
                            ],
                            default="ask",
                            max_length=6,
                        ),
                    ),
                    (
                        "chosen_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("chosen_at", models.DateTimeField()),
                    ("compared_at", models.DateTimeField(null=True)),
                    ("stopped_at", models.DateTimeField(null=True)),
                    ("stopped_because", models.TextField(blank=True)),
                    ("stopped_plan", models.CharField(blank=True, max_length=64)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Push",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "link",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="pushes",
                            to="clients.link",
                        ),
                    ),
                    ("unit", models.CharField(max_length=20)),
                    (
                        "operation",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.operation",
                        ),
                    ),
                    ("values", models.JSONField()),
                    ("whole", models.JSONField()),
                    ("made_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("link", "unit"), name="push_once_per_unit")
                    ],
                },
            ),
        ),
    ]
