"""Keep campaigns, what they send and what is answered, and who wants no messages."""

import counterfoil.mirror.encryption
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of reminding."""

    initial = True

    dependencies = [
        ("mirror", "0002_initial"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Campaign",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=200)),
                    (
                        "kind",
                        models.CharField(
                            choices=[("invoices", "Invoices"), ("broadcast", "One message")],
                            default="invoices",
                            max_length=10,
                        ),
                    ),
                    (
                        "channel",
                        models.CharField(
                            choices=[("text", "Text message"), ("email", "E-mail")],
                            default="text",
                            max_length=5,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("draft", "Draft"),
                                ("active", "Active"),
                                ("paused", "Paused"),
                                ("archived", "Archived"),
                            ],
                            default="draft",
                            max_length=10,
                        ),
                    ),
                    ("state_because", models.CharField(blank=True, max_length=255)),
                    ("send_at", models.TimeField()),
                    ("language", models.CharField(default="en", max_length=20)),
                    ("broadcast_on", models.DateField(blank=True, null=True)),
                    (
                        "group_ids",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(), blank=True, default=list, size=None
                        ),
                    ),
                    (
                        "excluded_group_ids",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(), blank=True, default=list, size=None
                        ),
                    ),
                    (
                        "excluded_contact_ids",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(), blank=True, default=list, size=None
                        ),
                    ),
                    (
                        "client_tags",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=50), blank=True, default=list, size=None
                        ),
                    ),
                    ("currency", models.CharField(blank=True, max_length=3)),
                    ("least", models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                    ("most", models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                    ("made_by", models.CharField(max_length=255)),
                    ("made_at", models.DateTimeField()),
                    ("activated_by", models.CharField(blank=True, max_length=255)),
                    ("resumed_at", models.DateTimeField(null=True)),
                    ("archived_at", models.DateTimeField(null=True)),
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["organisation", "-id"], name="campaign_latest")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "active"), _negated=True),
                                ("resumed_at__isnull", False),
                                _connector="OR",
                            ),
                            name="campaign_began",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("least", None),
                                ("most", None),
                                ("most__gte", models.F("least")),
                                _connector="OR",
                            ),
                            name="campaign_amounts_in_order",
                            violation_error_message="The largest amount is less than the smallest.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("least", None), ("most", None)),
                                models.Q(("currency", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="campaign_amount_has_currency",
                            violation_error_message="Say in which currency the amounts are.",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ContactChoice",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("language", models.CharField(blank=True, max_length=20)),
                    ("is_excluded", models.BooleanField(default=False)),
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "contact_id"), name="contact_chosen_for_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="LedgerEntry",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("sender", models.CharField(blank=True, max_length=36)),
                    (
                        "channel",
                        models.CharField(
                            choices=[("text", "Text message"), ("email", "E-mail")], max_length=5
                        ),
                    ),
                    ("digest", models.BinaryField()),
                    (
                        "act",
                        models.CharField(
                            choices=[
                                ("stopped", "Wants no messages"),
                                ("started", "Wants messages again"),
                                ("misread", "Was no wish to stop"),
                                ("consented", "Consented"),
                                ("withdrawn", "Withdrew the consent"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("is_certain", models.BooleanField(default=True)),
                    (
                        "basis",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "—"),
                                ("contract", "A contract"),
                                ("express", "Said so"),
                                ("other", "Another ground"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("reply", "A reply"),
                                ("link", "The link in a message"),
                                ("provider", "The provider"),
                                ("import", "A file"),
                                ("person", "Noted by a person here"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("shown", models.TextField(blank=True)),
                    ("who", models.CharField(blank=True, max_length=255)),
                    ("at", models.DateTimeField()),
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
                    "indexes": [models.Index(fields=["workspace", "digest", "-id"], name="ledger_of_person")],
                },
            ),
            migrations.CreateModel(
                name="LedgerKey",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("is_only", models.BooleanField(default=True, unique=True)),
                    ("secret", counterfoil.mirror.encryption.EncryptedTextField()),
                    ("made_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(condition=models.Q(("is_only", True)), name="one_ledger_key")
                    ],
                },
            ),
            migrations.CreateModel(
                name="PackEdit",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("country", models.CharField(blank=True, max_length=2)),
                    ("changes", models.JSONField(default=dict)),
                    ("source", models.CharField(blank=True, max_length=255)),
                    ("reviewed_by", models.CharField(blank=True, max_length=255)),
                    ("reviewed_at", models.DateTimeField(null=True)),
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
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "country"), name="pack_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Reach",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("source", models.BinaryField()),
                    ("number", models.CharField(blank=True, max_length=20)),
                    ("region", models.CharField(blank=True, max_length=2)),
                    (
                        "zones",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=40), default=list, size=None
                        ),
                    ),
                    ("number_digest", models.BinaryField(null=True)),
                    ("number_problem", models.TextField(blank=True)),
                    ("email", models.TextField(blank=True)),
                    ("email_digest", models.BinaryField(null=True)),
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "number_digest"], name="reach_by_number"),
                        models.Index(fields=["organisation", "email_digest"], name="reach_by_email"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "contact_id"), name="reach_of_contact"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Reply",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("contact_id", models.TextField(blank=True, db_collation="C")),
                    ("address", models.TextField()),
                    ("digest", models.BinaryField()),
                    ("text", models.TextField()),
                    ("provider", models.CharField(max_length=20)),
                    ("provider_id", models.CharField(max_length=100)),
                    ("received_at", models.DateTimeField()),
                    (
                        "meaning",
                        models.CharField(
                            choices=[
                                ("stop", "Stop"),
                                ("start", "Start"),
                                ("help", "Help"),
                                ("dispute", "Dispute"),
                                ("promise", "Promise"),
                                ("paid", "Paid"),
                                ("other", "Other"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("is_certain", models.BooleanField(default=False)),
                    ("promised_on", models.DateField(null=True)),
                    (
                        "decided",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("stop", "Stop"),
                                ("start", "Start"),
                                ("help", "Help"),
                                ("dispute", "Dispute"),
                                ("promise", "Promise"),
                                ("paid", "Paid"),
                                ("other", "Other"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("decided_by", models.CharField(blank=True, max_length=255)),
                    ("decided_at", models.DateTimeField(null=True)),
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "contact_id", "-id"], name="reply_of_contact"),
                        models.Index(
                            condition=models.Q(("decided_at", None)),
                            fields=["organisation", "digest"],
                            name="reply_waiting",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "provider", "provider_id"), name="reply_taken_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Held",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("invoice_id", models.TextField(blank=True, db_collation="C")),
                    (
                        "hold",
                        models.CharField(
                            choices=[
                                ("paid", "Says that it is paid"),
                                ("promised", "Promised to pay"),
                                ("disputed", "Disputes it"),
                                ("plan", "Pays by a plan"),
                                ("vulnerable", "Needs care"),
                                ("by_hand", "Held back by hand"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("until", models.DateField(blank=True, null=True)),
                    ("made_by", models.CharField(max_length=255)),
                    ("made_at", models.DateTimeField()),
                    ("ended_by", models.CharField(blank=True, max_length=255)),
                    ("ended_at", models.DateTimeField(null=True)),
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "reply",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="holds",
                            to="reminding.reply",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("ended_at", None)),
                            fields=["organisation", "contact_id"],
                            name="held_now",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SenderChoices",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "provider",
                        models.CharField(
                            choices=[
                                ("shown", "Nobody: messages are only shown"),
                                ("twilio", "Twilio"),
                                ("vonage", "Vonage"),
                                ("gateway", "An Android phone"),
                            ],
                            default="shown",
                            max_length=10,
                        ),
                    ),
                    ("address", models.CharField(blank=True, max_length=255)),
                    ("account", models.CharField(blank=True, max_length=100)),
                    ("secret", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                    ("sender", models.CharField(blank=True, max_length=40)),
                    ("is_registered", models.BooleanField(default=False)),
                    ("price", models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                    ("currency", models.CharField(blank=True, max_length=3)),
                    ("business", models.CharField(blank=True, max_length=100)),
                    ("phone", models.CharField(blank=True, max_length=40)),
                    ("daily_limit", models.PositiveIntegerField(blank=True, null=True)),
                    (
                        "monthly_limit",
                        models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True),
                    ),
                    ("both_channels", models.BooleanField(default=False)),
                    ("mail_host", models.CharField(blank=True, max_length=255)),
                    ("mail_port", models.PositiveIntegerField(default=587)),
                    (
                        "mail_security",
                        models.CharField(
                            choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", "Not encrypted")],
                            default="starttls",
                            max_length=10,
                        ),
                    ),
                    ("mail_account", models.CharField(blank=True, max_length=255)),
                    ("mail_secret", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                    ("mail_from", models.CharField(blank=True, max_length=255)),
                    ("is_all_paused", models.BooleanField(default=False)),
                    ("paused_by", models.CharField(blank=True, max_length=255)),
                    ("paused_at", models.DateTimeField(null=True)),
                    ("token", models.UUIDField(unique=True)),
                    ("saved_by", models.CharField(blank=True, max_length=255)),
                    ("saved_at", models.DateTimeField()),
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("monthly_limit", None), ("price__isnull", False), _connector="OR"
                            ),
                            name="limit_needs_price",
                            violation_error_message="Say what a part costs: the month’s limit is counted by it.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("price", None), models.Q(("currency", ""), _negated=True), _connector="OR"
                            ),
                            name="price_has_currency",
                            violation_error_message="Say in which currency the price is.",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Step",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("days", models.SmallIntegerField()),
                    (
                        "campaign",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="steps",
                            to="reminding.campaign",
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
                    "ordering": ["days"],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("campaign", "days"),
                            name="step_once",
                            violation_error_message="This campaign has a step on this day already.",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Wording",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("language", models.CharField(max_length=20)),
                    ("subject", models.CharField(blank=True, max_length=200)),
                    ("text", models.TextField(max_length=1600)),
                    (
                        "step",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="wordings",
                            to="reminding.step",
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
                    "ordering": ["id"],
                    "constraints": [
                        models.UniqueConstraint(fields=("step", "language"), name="wording_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Message",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "channel",
                        models.CharField(
                            choices=[("text", "Text message"), ("email", "E-mail")], max_length=5
                        ),
                    ),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField(blank=True)),
                    ("address", models.TextField(blank=True)),
                    ("digest", models.BinaryField(null=True)),
                    ("language", models.CharField(blank=True, max_length=20)),
                    ("subject", models.CharField(blank=True, max_length=400)),
                    ("text", models.TextField(blank=True)),
                    ("parts", models.PositiveSmallIntegerField(default=0)),
                    ("cost", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("currency", models.CharField(blank=True, max_length=3)),
                    ("provider", models.CharField(blank=True, max_length=20)),
                    ("provider_id", models.CharField(blank=True, max_length=100)),
                    ("token", models.UUIDField(unique=True)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("planned", "Planned"),
                                ("sending", "Being sent"),
                                ("sent", "Sent"),
                                ("delivered", "Delivered"),
                                ("failed", "Failed"),
                                ("unknown", "Unknown"),
                                ("dropped", "Not sent"),
                            ],
                            default="planned",
                            max_length=10,
                        ),
                    ),
                    ("why", models.CharField(blank=True, max_length=20)),
                    ("said", models.TextField(blank=True)),
                    ("planned_on", models.DateField()),
                    ("planned_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("look_at", models.DateTimeField()),
                    ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ("started_at", models.DateTimeField(null=True)),
                    ("settled_at", models.DateTimeField(null=True)),
                    (
                        "campaign",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="messages",
                            to="reminding.campaign",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "step",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="messages",
                            to="reminding.step",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "planned")),
                            fields=["organisation", "look_at", "id"],
                            name="message_due",
                        ),
                        models.Index(
                            condition=models.Q(("started_at__isnull", False)),
                            fields=["organisation", "digest", "-started_at"],
                            name="message_to_person",
                        ),
                        models.Index(fields=["organisation", "contact_id", "-id"], name="message_of_contact"),
                        models.Index(fields=["campaign", "-id"], name="message_of_campaign"),
                        models.Index(
                            condition=models.Q(("state", "sending")),
                            fields=["organisation"],
                            name="message_in_flight",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["planned", "dropped"]),
                                models.Q(("digest__isnull", False), ("started_at__isnull", False)),
                                _connector="OR",
                            ),
                            name="message_written_down_first",
                        ),
                        models.UniqueConstraint(
                            fields=("campaign", "contact_id", "planned_on"), name="message_once_a_day"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("provider_id", ""), _negated=True),
                            fields=("organisation", "provider", "provider_id"),
                            name="message_known_once",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="MessageInvoice",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("days", models.SmallIntegerField()),
                    ("invoice_id", models.TextField(db_collation="C")),
                    ("due_on", models.DateField()),
                    ("was_told", models.BooleanField(default=False)),
                    (
                        "campaign",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="reminding.campaign",
                        ),
                    ),
                    (
                        "message",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="invoices",
                            to="reminding.message",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "invoice_id", "-id"], name="message_about_invoice"
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("campaign", "invoice_id", "days", "due_on"), name="reminded_once_per_step"
                        )
                    ],
                },
            ),
        ),
    ]
