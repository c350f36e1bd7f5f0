"""Keep what senders may do, who reviewed which rules, ways out of messages, and our own answers."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate
from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Columns, and two tables of a workspace."""

    dependencies = [
        ("mirror", "0005_name_the_schema_of_fold"),
        ("reminding", "0003_plan_each_day_once"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="PackEvent",
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
                    ("country", models.CharField(blank=True, max_length=2)),
                    (
                        "act",
                        models.CharField(
                            choices=[
                                ("changed", "Changed"),
                                ("reviewed", "Reviewed"),
                                ("reset", "Took ours again"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("differences", models.JSONField(default=list)),
                    ("source", models.CharField(blank=True, max_length=255)),
                    ("who", models.CharField(max_length=255)),
                    ("at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="WayOut",
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
                    ("code", models.CharField(max_length=16, unique=True)),
                    ("sender", models.CharField(max_length=36)),
                    (
                        "channel",
                        models.CharField(
                            choices=[("text", "Text message"), ("email", "E-mail")], max_length=5
                        ),
                    ),
                    ("digest", models.BinaryField()),
                    ("made_at", models.DateTimeField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.AddField(
                model_name="ledgerentry",
                name="note",
                field=models.CharField(blank=True, max_length=255),
            ),
            migrations.AddField(
                model_name="packedit",
                name="reviewed_as_of",
                field=models.DateField(null=True),
            ),
            migrations.AddField(
                model_name="reply",
                name="answer",
                field=models.CharField(blank=True, max_length=400),
            ),
            migrations.AddField(
                model_name="reply",
                name="answer_state",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("waiting", "Waits"),
                        ("sending", "Being sent"),
                        ("sent", "Sent"),
                        ("failed", "Failed"),
                        ("unknown", "In doubt"),
                    ],
                    max_length=10,
                ),
            ),
            migrations.AddField(
                model_name="reply",
                name="answered_at",
                field=models.DateTimeField(null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="a_day",
                field=models.PositiveSmallIntegerField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="a_month",
                field=models.PositiveSmallIntegerField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="a_week",
                field=models.PositiveSmallIntegerField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="answers",
                field=models.BooleanField(default=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="closes",
                field=models.TimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="help_words",
                field=models.CharField(blank=True, max_length=300),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="is_one_way",
                field=models.BooleanField(default=False),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="is_proven",
                field=models.BooleanField(null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="opens",
                field=models.TimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="proof",
                field=models.CharField(blank=True, max_length=400),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="proven_at",
                field=models.DateTimeField(null=True),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="reply_to",
                field=models.EmailField(blank=True, max_length=254),
            ),
            migrations.AddField(
                model_name="senderchoices",
                name="texts_kept_months",
                field=models.PositiveSmallIntegerField(blank=True, null=True),
            ),
            migrations.AddConstraint(
                model_name="reply",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("answer_state", ""), _negated=True),
                    fields=("organisation", "digest", "meaning"),
                    name="reply_answered_once",
                ),
            ),
            migrations.AddConstraint(
                model_name="senderchoices",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("closes", None), ("opens", None)),
                        ("opens__lt", models.F("closes")),
                        _connector="OR",
                    ),
                    name="sender_hours_in_order",
                    violation_error_message="Say from when to when: the first has to be the earlier.",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="packevent",
            index=models.Index(fields=["workspace", "country", "-id"], name="pack_history"),
        ),
        *(isolate(f"reminding_{table}") for table in ("packevent", "wayout")),
    ]
