"""Keep which costs clients pay back, at which terms, and where each recharge stands."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """All tables of recharging."""

    initial = True

    dependencies = [
        ("billing", "0002_isolate_and_keep_archives"),
        ("clients", "0002_isolate_workspaces"),
        ("invoicing", "0002_isolate_workspaces"),
        ("mirror", "0003_isolate_and_note"),
        ("spending", "0003_keep_the_tax_of_lines"),
        ("workspaces", "__first__"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Watch",
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
                    ("since", models.DateField()),
                    ("begun_by", models.CharField(blank=True, max_length=255)),
                    ("begun_at", models.DateTimeField()),
                    ("looked_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="Terms",
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
                    ("markup_rate", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                    ("fee", models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                    ("round_to", models.DecimalField(blank=True, decimal_places=4, max_digits=9, null=True)),
                    ("currency", models.CharField(blank=True, max_length=3)),
                    (
                        "rate_from",
                        models.CharField(
                            choices=[
                                ("paid", "The rate at which it was paid"),
                                ("document", "The rate of the document’s day"),
                                ("given", "A rate that we agreed"),
                            ],
                            default="document",
                            max_length=8,
                        ),
                    ),
                    ("rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    (
                        "treatment",
                        models.CharField(
                            choices=[
                                ("supply", "A supply of ours: the cost without its tax, and our tax on top"),
                                ("disbursement", "A disbursement: the cost with its tax, and no tax of ours"),
                            ],
                            default="supply",
                            max_length=12,
                        ),
                    ),
                    ("treatment_reason", models.CharField(blank=True, max_length=500)),
                    ("account_code", models.CharField(blank=True, max_length=10)),
                    ("tax_type", models.CharField(blank=True, max_length=50)),
                    ("tracking", models.JSONField(blank=True, default=dict)),
                    (
                        "when",
                        models.CharField(
                            choices=[
                                ("now", "On an invoice of its own"),
                                ("run", "With the month’s billing"),
                            ],
                            default="run",
                            max_length=3,
                        ),
                    ),
                    ("wording", models.CharField(max_length=1000)),
                    ("attaches", models.BooleanField(default=True)),
                    ("is_online", models.BooleanField(default=False)),
                    ("expects_changes", models.BooleanField(default=False)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("markup_rate__gte", 0), ("markup_rate__lte", 1000)),
                            name="recharging_terms_markup_in_range",
                            violation_error_message="A mark-up lies between 0 and 1,000 per cent.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("fee__gte", 0)),
                            name="recharging_terms_fee_is_no_gift",
                            violation_error_message="A fee is zero or more.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("round_to", None), ("round_to__gt", 0), _connector="OR"),
                            name="recharging_terms_round_to_something",
                            violation_error_message="Round to an amount above zero.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("treatment", "disbursement"), _negated=True),
                                models.Q(("fee", 0), ("markup_rate", 0), ("round_to", None)),
                                _connector="OR",
                            ),
                            name="recharging_terms_disbursement_at_cost",
                            violation_error_message="A disbursement is passed on at its exact cost: take mark-up, fee and rounding away, or bill it as a supply.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("treatment", "disbursement"), _negated=True),
                                models.Q(("treatment_reason", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="recharging_terms_disbursement_says_why",
                            violation_error_message="Say why it is a disbursement, on which no tax of ours is charged.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("rate__gt", 0), ("rate_from", "given")),
                                models.Q(models.Q(("rate_from", "given"), _negated=True), ("rate", None)),
                                _connector="OR",
                            ),
                            name="recharging_terms_given_rate",
                            violation_error_message="Write the rate that you agreed, above zero.",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="RuleTerms",
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
                        "rule",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="recharging",
                            to="spending.rule",
                        ),
                    ),
                    (
                        "terms",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.RESTRICT,
                            related_name="+",
                            to="recharging.terms",
                        ),
                    ),
                    ("set_by", models.CharField(blank=True, max_length=255)),
                    ("set_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="ClientTerms",
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
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client"
                        ),
                    ),
                    (
                        "terms",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.RESTRICT,
                            related_name="+",
                            to="recharging.terms",
                        ),
                    ),
                    ("takes_all", models.BooleanField(default=False)),
                    ("set_by", models.CharField(blank=True, max_length=255)),
                    ("set_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "client"), name="recharging_client_terms_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Source",
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
                    ("digest", models.BinaryField()),
                    ("kind", models.CharField(blank=True, max_length=40)),
                    ("day", models.DateField()),
                    ("number", models.TextField(blank=True)),
                    ("contact_id", models.TextField(blank=True, db_collation="C")),
                    ("contact_name", models.TextField(blank=True)),
                    ("account_code", models.TextField(blank=True)),
                    ("description", models.TextField(blank=True)),
                    ("currency", models.CharField(max_length=3)),
                    ("net", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("tax", models.DecimalField(decimal_places=4, max_digits=19)),
                    (
                        "act",
                        models.CharField(
                            choices=[("recharged", "Recharged"), ("kept", "Not recharged")], max_length=9
                        ),
                    ),
                    (
                        "why",
                        models.CharField(
                            choices=[
                                ("by_hand", "By hand"),
                                ("rule", "Rule"),
                                ("billable", "Billable expense in Xero"),
                                ("client", "The client’s terms"),
                            ],
                            max_length=8,
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
                        "split_by",
                        models.CharField(
                            choices=[
                                ("shares", "Shares"),
                                ("seats", "Seats"),
                                ("percent", "Percentages"),
                                ("amount", "Amounts"),
                                ("usage", "Usage"),
                            ],
                            default="shares",
                            max_length=7,
                        ),
                    ),
                    (
                        "remainder",
                        models.CharField(
                            choices=[
                                (
                                    "largest",
                                    "One each to those that lost most in rounding, the first on a tie",
                                ),
                                ("first", "All to the first"),
                            ],
                            default="largest",
                            max_length=7,
                        ),
                    ),
                    ("kept_weight", models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                    ("price_before", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("priced_before_on", models.DateField(null=True)),
                    ("price_seen_by", models.CharField(blank=True, max_length=255)),
                    ("price_seen_at", models.DateTimeField(null=True)),
                    ("note", models.CharField(blank=True, max_length=500)),
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
                    ("ended_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "made_by", "-id"], name="recharging_source_latest"
                        ),
                        models.Index(
                            fields=["organisation", "contact_id", "-day"], name="recharging_source_of_contact"
                        ),
                        models.Index(
                            condition=models.Q(
                                ("ended_at", None), ("price_before__isnull", False), ("price_seen_at", None)
                            ),
                            fields=["organisation"],
                            name="recharging_source_repriced",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("ended_at", None)),
                            fields=("organisation", "document_id", "line_key"),
                            name="recharging_source_once",
                            violation_error_message="This cost was decided about already.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("kept_weight__gte", 0)),
                            name="recharging_source_keeps_a_share",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Recharge",
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
                        "source",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.RESTRICT,
                            related_name="recharges",
                            to="recharging.source",
                        ),
                    ),
                    ("document_id", models.TextField(db_collation="C")),
                    ("line_key", models.TextField(db_collation="C")),
                    ("edition", models.PositiveSmallIntegerField(default=1)),
                    (
                        "adjusts",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.RESTRICT,
                            related_name="adjustments",
                            to="recharging.recharge",
                        ),
                    ),
                    (
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clients.client"
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
                    ("place", models.PositiveSmallIntegerField(default=0)),
                    ("weight", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("cost", models.DecimalField(decimal_places=4, max_digits=19)),
                    (
                        "terms",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.RESTRICT,
                            related_name="+",
                            to="recharging.terms",
                        ),
                    ),
                    ("charge", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("currency", models.CharField(max_length=3)),
                    ("rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    (
                        "waits_for",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "Nothing"),
                                (
                                    "payment",
                                    "The bill is not paid in full, and the rate is that of its payments",
                                ),
                                ("rate", "There is no rate between the two currencies: give one"),
                            ],
                            max_length=7,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("proposed", "Proposed"),
                                ("ready", "To bill"),
                                ("gathered", "In a billing run"),
                                ("drafted", "On a draft"),
                                ("billed", "Billed"),
                                ("settled", "Settled"),
                                ("asks", "Asks you"),
                                ("dropped", "Not recharged"),
                            ],
                            default="proposed",
                            max_length=8,
                        ),
                    ),
                    (
                        "asks",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "Nothing"),
                                ("changed", "The document was changed"),
                                ("gone", "The document was voided or deleted"),
                            ],
                            max_length=7,
                        ),
                    ),
                    ("asked_in", models.CharField(blank=True, max_length=8)),
                    ("asked_cost", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("asked_charge", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    (
                        "run_invoice",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="recharges",
                            to="billing.runinvoice",
                        ),
                    ),
                    (
                        "draft",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="recharges",
                            to="invoicing.invoicedraft",
                        ),
                    ),
                    ("draft_place", models.PositiveSmallIntegerField(null=True)),
                    ("invoice_id", models.TextField(blank=True, db_collation="C")),
                    ("invoice_line_id", models.TextField(blank=True, db_collation="C")),
                    ("settled", models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                    ("made_at", models.DateTimeField()),
                    ("changed_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "state", "-id"], name="recharging_by_state"),
                        models.Index(fields=["client", "-id"], name="recharging_of_client"),
                        models.Index(
                            condition=models.Q(("invoice_id", ""), _negated=True),
                            fields=["organisation", "invoice_id"],
                            name="recharging_of_invoice",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "dropped"), _negated=True),
                            fields=("organisation", "document_id", "line_key", "client", "deal", "edition"),
                            name="recharging_part_once",
                            nulls_distinct=False,
                            violation_error_message="This part of the cost is recharged to this client already.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("weight__gt", 0)), name="recharging_share_is_positive"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("adjusts", None), ("edition", 1)),
                                models.Q(("adjusts__isnull", False), ("edition__gt", 1)),
                                _connector="OR",
                            ),
                            name="recharging_edition_adjusts",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["proposed", "ready", "dropped"]),
                                ("charge__isnull", False),
                                _connector="OR",
                            ),
                            name="recharging_billed_has_charge",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("charge", None), models.Q(("waits_for", ""), _negated=True)),
                                models.Q(("charge__isnull", False), ("waits_for", "")),
                                _connector="OR",
                            ),
                            name="recharging_without_charge_waits",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("state", "asks"),
                                    models.Q(("asks", ""), _negated=True),
                                    models.Q(("asked_in", ""), _negated=True),
                                ),
                                models.Q(
                                    models.Q(("state", "asks"), _negated=True),
                                    ("asked_charge", None),
                                    ("asked_cost", None),
                                    ("asked_in", ""),
                                    ("asks", ""),
                                ),
                                _connector="OR",
                            ),
                            name="recharging_asks_something",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="RechargeEvent",
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
                        "recharge",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="events",
                            to="recharging.recharge",
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("by", models.CharField(blank=True, max_length=255)),
                    ("state", models.CharField(max_length=8)),
                    ("what", models.TextField()),
                ],
                options={
                    "indexes": [models.Index(fields=["recharge", "-id"], name="recharging_event_latest")],
                },
            ),
        ),
    ]
