"""Keep what is to be written to Xero, from before it is sent until its answer is known."""

import counterfoil.mirror.rawjson
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Each belongs to a workspace."""

    dependencies = [
        ("mirror", "0014_list_at_a_glance"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=128, unique=True)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("pending", "No answer yet"),
                            ("answered", "Answered"),
                            ("refused", "Refused as a whole"),
                            ("not_taken", "Not taken"),
                            ("no_answer", "No answer"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("fault", models.TextField(blank=True)),
                ("correlation_id", models.CharField(blank=True, max_length=64)),
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
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("intent_key", models.CharField(max_length=200)),
                ("reference", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("waiting", "Waiting for approval"),
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("unknown", "Unknown"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("held", "Do not send"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("state_since", models.DateTimeField()),
                ("wish", counterfoil.mirror.rawjson.RawJSONField()),
                ("payload", counterfoil.mirror.rawjson.RawJSONField()),
                ("contact_id", models.TextField(blank=True, db_collation="C")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("xero_id", models.TextField(blank=True, db_collation="C")),
                ("sentence", models.TextField(blank=True)),
                ("next_step", models.TextField(blank=True)),
                ("xero_words", models.JSONField(default=list)),
                ("error_key", models.CharField(blank=True, max_length=120)),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("looks", models.PositiveSmallIntegerField(default=0)),
                ("cause_kind", models.CharField(max_length=40)),
                ("cause_id", models.CharField(blank=True, max_length=64)),
                ("asked_by", models.CharField(blank=True, max_length=255)),
                ("asked_at", models.DateTimeField()),
                ("approved_by", models.CharField(blank=True, max_length=255)),
                ("approved_at", models.DateTimeField(null=True)),
                ("held_by", models.CharField(blank=True, max_length=255)),
                ("done_at", models.DateTimeField(null=True)),
                ("answer_stamp", models.DateTimeField(null=True)),
                ("echoed_at", models.DateTimeField(null=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="operations",
                        to="mirror.attempt",
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
                    "waits_for",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="followers",
                        to="mirror.operation",
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
            name="OperationEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("before", models.CharField(blank=True, max_length=10)),
                ("after", models.CharField(max_length=10)),
                ("who", models.CharField(blank=True, max_length=255)),
                ("sentence", models.TextField(blank=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="mirror.attempt",
                    ),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="mirror.operation",
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
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OperationFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.BinaryField()),
                (
                    "operation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="file",
                        to="mirror.operation",
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
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OutboxRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asks_approval", models.BooleanField(default=True)),
                ("raises_approved", models.BooleanField(default=False)),
                ("chosen_by", models.CharField(blank=True, max_length=255)),
                ("chosen_at", models.DateTimeField(null=True)),
                (
                    "organisation",
                    models.OneToOneField(
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
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["organisation", "-started_at"], name="attempt_latest"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["organisation", "state", "id"], name="operation_by_state"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["workspace", "-id"], name="operation_latest"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["cause_kind", "cause_id"], name="operation_of_cause"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["organisation", "xero_id"], name="operation_of_record"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(fields=["organisation", "contact_id", "-id"], name="operation_of_contact"),
        ),
        migrations.AddIndex(
            model_name="operation",
            index=models.Index(
                condition=models.Q(("state", "refused")),
                fields=["organisation", "error_key"],
                name="operation_by_error",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "held"), _negated=True),
                fields=("organisation", "intent_key"),
                name="operation_once_per_intent",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.UniqueConstraint(
                fields=("organisation", "reference"), name="operation_reference_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["draft", "waiting", "queued", "sending", "unknown", "done", "refused", "held"],
                    )
                ),
                name="operation_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["sending", "unknown"]), _negated=True),
                    ("attempt__isnull", False),
                    _connector="OR",
                ),
                name="operation_in_doubt_has_attempt",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["done", "queued", "sending", "unknown"]), _negated=True),
                    ("approved_at__isnull", False),
                    _connector="OR",
                ),
                name="operation_approved_before_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "held"), _negated=True),
                    models.Q(("sentence", ""), _negated=True),
                    _connector="OR",
                ),
                name="operation_held_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="operation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True), ("done_at__isnull", False), _connector="OR"
                ),
                name="operation_done_says_when",
            ),
        ),
        migrations.AddIndex(
            model_name="operationevent",
            index=models.Index(fields=["operation", "id"], name="operation_event_order"),
        ),
        isolate("mirror_attempt"),
        isolate("mirror_operation"),
        isolate("mirror_operationevent"),
        isolate("mirror_operationfile"),
        isolate("mirror_outboxrules"),
    ]
