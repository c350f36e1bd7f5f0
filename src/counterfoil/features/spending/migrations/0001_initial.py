"""Keep the lines of documents, whose each is, and what people decided."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of spending."""

    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        ("mirror", "0002_initial"),
        ("workspaces", "__first__"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Reading",
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
                    ("read_until", models.DateTimeField(null=True)),
                    ("is_stale", models.BooleanField(default=False)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Rule",
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
                    ("place", models.PositiveIntegerField()),
                    ("name", models.CharField(max_length=255)),
                    ("contact_id", models.TextField(blank=True, db_collation="C")),
                    ("account_code", models.CharField(blank=True, max_length=10)),
                    ("description", models.CharField(blank=True, max_length=255)),
                    ("reference", models.CharField(blank=True, max_length=255)),
                    ("tracking_option", models.CharField(blank=True, max_length=100)),
                    ("bank_account_id", models.TextField(blank=True, db_collation="C")),
                    ("least", models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                    ("most", models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                    ("since", models.DateField(blank=True, null=True)),
                    ("until", models.DateField(blank=True, null=True)),
                    (
                        "act",
                        models.CharField(
                            choices=[("attribute", "Cost of clients"), ("overhead", "Overhead")],
                            max_length=10,
                        ),
                    ),
                    ("made_by", models.CharField(blank=True, max_length=255)),
                    ("made_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "ordering": ["place", "id"],
                    "indexes": [
                        models.Index(fields=["organisation", "place", "id"], name="spending_rule_in_order")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("least", None),
                                ("most", None),
                                ("most__gte", models.F("least")),
                                _connector="OR",
                            ),
                            name="spending_rule_amounts_in_order",
                            violation_error_message="The largest amount is less than the smallest.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("since", None),
                                ("until", None),
                                ("until__gte", models.F("since")),
                                _connector="OR",
                            ),
                            name="spending_rule_days_in_order",
                            violation_error_message="The last day is before the first.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("account_code", ""),
                                ("bank_account_id", ""),
                                ("contact_id", ""),
                                ("description", ""),
                                ("least", None),
                                ("most", None),
                                ("reference", ""),
                                ("tracking_option", ""),
                                _negated=True,
                            ),
                            name="spending_rule_fits_something",
                            violation_error_message="Say what the rule fits: a supplier, an account, words or an amount.",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Verdict",
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
                    ("stream", models.CharField(max_length=40)),
                    ("document_id", models.TextField(db_collation="C")),
                    ("line_key", models.TextField(db_collation="C")),
                    (
                        "act",
                        models.CharField(
                            choices=[
                                ("attributed", "Attributed"),
                                ("overhead", "Overhead"),
                                ("skipped", "Left for later"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("digest", models.BinaryField()),
                    (
                        "made_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                    ("undone_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "document_id", "-id"], name="spending_verdict_of_line"
                        ),
                        models.Index(
                            fields=["organisation", "made_by", "-id"], name="spending_verdict_latest"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Line",
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
                    ("stream", models.CharField(max_length=40)),
                    ("document_id", models.TextField(db_collation="C")),
                    ("line_key", models.TextField(db_collation="C")),
                    ("kind", models.CharField(max_length=40)),
                    ("day", models.DateField()),
                    ("number", models.TextField()),
                    ("reference", models.TextField()),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField()),
                    ("bank_account_id", models.TextField(db_collation="C")),
                    ("account_code", models.TextField()),
                    ("account_id", models.TextField(db_collation="C")),
                    ("description", models.TextField()),
                    (
                        "tracking",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(), default=list, size=None
                        ),
                    ),
                    ("currency", models.TextField()),
                    ("net", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("settled", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("digest", models.BinaryField()),
                    (
                        "side",
                        models.CharField(
                            choices=[("revenue", "Revenue"), ("cost", "Cost"), ("other", "Neither")],
                            max_length=7,
                        ),
                    ),
                    (
                        "standing",
                        models.CharField(
                            choices=[
                                ("attributed", "Attributed"),
                                ("overhead", "Overhead"),
                                ("open", "Unattributed"),
                            ],
                            default="open",
                            max_length=10,
                        ),
                    ),
                    (
                        "why",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "Nothing"),
                                ("by_hand", "By hand"),
                                ("billable", "Billable expense in Xero"),
                                ("deal", "Document of a deal"),
                                ("rule", "Rule"),
                                ("tracking", "Tracking option"),
                                ("contact", "Linked contact"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "rule",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="spending.rule",
                        ),
                    ),
                    (
                        "verdict",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="spending.verdict",
                        ),
                    ),
                    ("has_changed", models.BooleanField(default=False)),
                    ("is_skipped", models.BooleanField(default=False)),
                    ("is_stale", models.BooleanField(default=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("side", "cost"), ("standing", "open")),
                            fields=["organisation", "-day", "-id"],
                            name="spending_line_open",
                        ),
                        models.Index(
                            condition=models.Q(("is_stale", True)),
                            fields=["organisation"],
                            name="spending_line_stale",
                        ),
                        models.Index(
                            fields=["organisation", "contact_id", "-day"], name="spending_line_of_contact"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "document_id", "line_key"), name="spending_line_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="RuleShare",
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
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client"
                        ),
                    ),
                    (
                        "deal",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="clients.deal",
                        ),
                    ),
                    ("weight", models.DecimalField(decimal_places=4, max_digits=19)),
                    (
                        "rule",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="shares",
                            to="spending.rule",
                        ),
                    ),
                ],
                options={
                    "ordering": ["id"],
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("weight__gt", 0)), name="spending_rule_share_is_positive"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="VerdictShare",
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
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client"
                        ),
                    ),
                    (
                        "deal",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="clients.deal",
                        ),
                    ),
                    ("weight", models.DecimalField(decimal_places=4, max_digits=19)),
                    (
                        "verdict",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="shares",
                            to="spending.verdict",
                        ),
                    ),
                ],
                options={
                    "ordering": ["id"],
                    "abstract": False,
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("weight__gt", 0)), name="spending_verdict_share_is_positive"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Part",
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
                        "line",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="parts",
                            to="spending.line",
                        ),
                    ),
                    (
                        "client",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="clients.client",
                        ),
                    ),
                    (
                        "deal",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="clients.deal",
                        ),
                    ),
                    (
                        "side",
                        models.CharField(
                            choices=[("revenue", "Revenue"), ("cost", "Cost"), ("other", "Neither")],
                            max_length=7,
                        ),
                    ),
                    (
                        "standing",
                        models.CharField(
                            choices=[
                                ("attributed", "Attributed"),
                                ("overhead", "Overhead"),
                                ("open", "Unattributed"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("day", models.DateField()),
                    ("net", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("settled", models.DecimalField(decimal_places=4, max_digits=19)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "day"],
                            include=("workspace", "side", "standing", "client", "deal", "amount", "settled"),
                            name="spending_part_at_a_glance",
                        ),
                        models.Index(fields=["client", "-day"], name="spending_part_of_client"),
                    ],
                },
            ),
        ),
    ]
