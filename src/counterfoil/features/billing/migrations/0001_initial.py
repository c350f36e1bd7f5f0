"""Keep agreements, time, units, expenses and billing runs."""

import django.contrib.postgres.constraints
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of billing."""

    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        ("invoicing", "0001_initial"),
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
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="agreements",
                            to="clients.client",
                        ),
                    ),
                    (
                        "deal",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="agreements",
                            to="clients.deal",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    ("contact_id", models.TextField(blank=True, db_collation="C")),
                    ("name", models.CharField(max_length=255)),
                    (
                        "state",
                        models.CharField(
                            choices=[("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
                            default="draft",
                            max_length=8,
                        ),
                    ),
                    ("currency", models.CharField(max_length=3)),
                    (
                        "every",
                        models.CharField(
                            choices=[
                                ("week", "Weekly"),
                                ("two_weeks", "Every two weeks"),
                                ("month", "Monthly"),
                                ("quarter", "Quarterly"),
                                ("half_year", "Every half year"),
                                ("year", "Yearly"),
                            ],
                            max_length=10,
                        ),
                    ),
                    (
                        "billed",
                        models.CharField(
                            choices=[("in_advance", "On its first day"), ("in_arrears", "On its last day")],
                            max_length=10,
                        ),
                    ),
                    ("anchor", models.DateField()),
                    ("starts_on", models.DateField()),
                    ("last_day", models.DateField(blank=True, null=True)),
                    ("minimum", models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                    (
                        "discount_rate",
                        models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True),
                    ),
                    ("due_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                    ("po_number", models.CharField(blank=True, max_length=100)),
                    ("reference", models.CharField(blank=True, max_length=255)),
                    ("branding_theme_id", models.TextField(blank=True, db_collation="C")),
                    ("notes", models.TextField(blank=True)),
                    ("is_automatic", models.BooleanField(default=False)),
                    (
                        "owner",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    (
                        "search_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(
                                models.Func(
                                    models.F("name"),
                                    models.Value("\n"),
                                    models.F("po_number"),
                                    arg_joiner=" || ",
                                    template="%(expressions)s",
                                ),
                                function="counterfoil_search_key",
                            ),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["workspace", "name", "id"], name="agreement_by_name"),
                        models.Index(fields=["client", "-id"], name="agreement_of_client"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("last_day", None), ("last_day__gte", models.F("starts_on")), _connector="OR"
                            ),
                            name="agreement_ends_after_start",
                            violation_error_message="The last day is before the first.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("minimum", None), ("minimum__gte", 0), _connector="OR"),
                            name="agreement_minimum_is_no_debt",
                            violation_error_message="A minimum is zero or more.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("discount_rate", None),
                                models.Q(("discount_rate__gte", 0), ("discount_rate__lte", 100)),
                                _connector="OR",
                            ),
                            name="agreement_discount_is_a_share",
                            violation_error_message="A discount lies between 0 and 100 per cent.",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="BillingChoices",
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
                    ("is_automatic", models.BooleanField(default=False)),
                    ("days_before", models.PositiveSmallIntegerField(default=0)),
                    ("made_up_to", models.DateField(null=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("days_before__lte", 31)),
                            name="billing_choices_within_a_month",
                            violation_error_message="At most 31 days before.",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="BillingRun",
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
                    ("first_day", models.DateField()),
                    ("last_day", models.DateField()),
                    (
                        "organisation",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[("open", "In review"), ("archived", "Archived")],
                            default="open",
                            max_length=8,
                        ),
                    ),
                    ("created_by", models.CharField(blank=True, max_length=255)),
                    ("created_at", models.DateTimeField()),
                    ("generated_at", models.DateTimeField(null=True)),
                    (
                        "doing",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "Nothing"),
                                ("making", "Making invoices"),
                                ("pushing", "Sending to the outbox"),
                            ],
                            default="",
                            max_length=7,
                        ),
                    ),
                    ("asked_at", models.DateTimeField(null=True)),
                    ("done", models.PositiveIntegerField(default=0)),
                    ("total", models.PositiveIntegerField(default=0)),
                    ("failure", models.TextField(blank=True)),
                    ("left_out", models.JSONField(default=list)),
                    ("archived_by", models.CharField(blank=True, max_length=255)),
                    ("archived_at", models.DateTimeField(null=True)),
                    ("archive", models.JSONField(null=True)),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "-id"], name="billing_run_latest")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("last_day__gte", models.F("first_day"))),
                            name="billing_run_ends_after_start",
                            violation_error_message="The last day is before the first.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "archived"), _negated=True),
                                ("archive__isnull", False),
                                _connector="OR",
                            ),
                            name="billing_run_archived_whole",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="RateCard",
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
                    ("name", models.CharField(max_length=100)),
                    (
                        "kind",
                        models.CharField(
                            choices=[("billed", "What clients pay"), ("cost", "What it costs us")],
                            default="billed",
                            max_length=6,
                        ),
                    ),
                    ("currency", models.CharField(max_length=3)),
                    ("created_at", models.DateTimeField()),
                    ("archived_at", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "name"), name="rate_card_name_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="AgreementChange",
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
                        "agreement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="changes",
                            to="billing.agreement",
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("by", models.CharField(max_length=255)),
                    ("what", models.JSONField()),
                ],
                options={
                    "indexes": [models.Index(fields=["agreement", "-id"], name="agreement_change_latest")],
                },
            ),
            migrations.CreateModel(
                name="AgreementLine",
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
                        "agreement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="lines",
                            to="billing.agreement",
                        ),
                    ),
                    ("place", models.PositiveSmallIntegerField()),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("fixed", "A fixed fee each period"),
                                ("time", "Hours worked"),
                                ("units", "Units used"),
                                ("expenses", "Expenses passed on"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("description", models.CharField(max_length=4000)),
                    ("service", models.CharField(blank=True, max_length=100)),
                    ("item_code", models.CharField(blank=True, max_length=30)),
                    ("account_code", models.CharField(blank=True, max_length=10)),
                    ("tax_type", models.CharField(blank=True, max_length=50)),
                    ("tracking", models.JSONField(blank=True, default=dict)),
                    ("quantity", models.DecimalField(decimal_places=4, default=1, max_digits=19)),
                    ("is_split", models.BooleanField(default=True)),
                    ("unit", models.CharField(blank=True, max_length=50)),
                    ("included", models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                    (
                        "rate_card",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="billing.ratecard",
                        ),
                    ),
                    ("markup_rate", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                    ("starts_on", models.DateField(blank=True, null=True)),
                    ("last_day", models.DateField(blank=True, null=True)),
                ],
                options={
                    "ordering": ["agreement", "place"],
                    "constraints": [
                        models.UniqueConstraint(
                            deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                            fields=("agreement", "place"),
                            name="agreement_line_once_per_place",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("kind", "time"), _negated=True),
                                ("rate_card__isnull", False),
                                _connector="OR",
                            ),
                            name="agreement_line_of_time_has_rates",
                            violation_error_message="Say by which rate card hours are billed.",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Pause",
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
                        "agreement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="pauses",
                            to="billing.agreement",
                        ),
                    ),
                    ("first_day", models.DateField()),
                    ("last_day", models.DateField(blank=True, null=True)),
                    ("why", models.CharField(blank=True, max_length=255)),
                ],
                options={
                    "ordering": ["agreement", "first_day"],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("last_day", None), ("last_day__gte", models.F("first_day")), _connector="OR"
                            ),
                            name="pause_ends_after_start",
                            violation_error_message="The last day of the pause is before its first.",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Rate",
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
                        "card",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="rates",
                            to="billing.ratecard",
                        ),
                    ),
                    ("role", models.CharField(blank=True, max_length=100)),
                    ("since", models.DateField()),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("card", "role", "since"), name="rate_once_per_day")
                    ],
                },
            ),
            migrations.CreateModel(
                name="RunInvoice",
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
                        "run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="invoices",
                            to="billing.billingrun",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="clients.client"
                        ),
                    ),
                    ("currency", models.CharField(max_length=3)),
                    ("date", models.DateField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("review", "To be reviewed"),
                                ("ready", "Ready"),
                                ("held", "On hold"),
                                ("pushed", "Pushed"),
                                ("discarded", "Discarded"),
                            ],
                            default="review",
                            max_length=9,
                        ),
                    ),
                    (
                        "draft",
                        models.OneToOneField(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="invoicing.invoicedraft",
                        ),
                    ),
                    ("problem", models.TextField(blank=True)),
                    ("why_held", models.CharField(blank=True, max_length=255)),
                    ("decided_by", models.CharField(blank=True, max_length=255)),
                    ("decided_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["run", "id"], name="run_invoice_of_run"),
                        models.Index(fields=["client", "-date"], name="run_invoice_of_client"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "held"), _negated=True),
                                models.Q(("why_held", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="run_invoice_held_says_why",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="LinePrice",
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
                        "line",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="prices",
                            to="billing.agreementline",
                        ),
                    ),
                    ("since", models.DateField()),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                ],
                options={
                    "ordering": ["line", "since"],
                    "constraints": [
                        models.UniqueConstraint(fields=("line", "since"), name="line_price_once_per_day")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Service",
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
                        "invoice",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="services",
                            to="billing.runinvoice",
                        ),
                    ),
                    (
                        "line",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="services",
                            to="billing.agreementline",
                        ),
                    ),
                    (
                        "agreement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="services",
                            to="billing.agreement",
                        ),
                    ),
                    ("place", models.PositiveSmallIntegerField()),
                    ("start", models.DateField()),
                    ("end", models.DateField()),
                    ("description", models.CharField(max_length=4000)),
                    ("quantity", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("price", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("is_of_days", models.BooleanField(default=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("end__gt", models.F("start"))), name="service_has_days"
                        ),
                        django.contrib.postgres.constraints.ExclusionConstraint(
                            condition=models.Q(("is_of_days", True), ("line__isnull", False)),
                            expressions=[
                                (
                                    models.Func(
                                        models.F("line_id"),
                                        models.F("line_id"),
                                        models.Value("[]"),
                                        function="int8range",
                                    ),
                                    "&&",
                                ),
                                (models.Func(models.F("start"), models.F("end"), function="daterange"), "&&"),
                            ],
                            name="service_billed_once",
                        ),
                        django.contrib.postgres.constraints.ExclusionConstraint(
                            condition=models.Q(("is_of_days", True), ("line__isnull", True)),
                            expressions=[
                                (
                                    models.Func(
                                        models.F("agreement_id"),
                                        models.F("agreement_id"),
                                        models.Value("[]"),
                                        function="int8range",
                                    ),
                                    "&&",
                                ),
                                (models.Func(models.F("start"), models.F("end"), function="daterange"), "&&"),
                            ],
                            name="service_minimum_once",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Expense",
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
                    ("day", models.DateField()),
                    ("description", models.CharField(max_length=1000)),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("currency", models.CharField(max_length=3)),
                    (
                        "billed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="expenses",
                            to="billing.service",
                        ),
                    ),
                    ("created_by", models.CharField(blank=True, max_length=255)),
                    ("created_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [models.Index(fields=["client", "day"], name="expense_of_client")],
                },
            ),
            migrations.CreateModel(
                name="TimeEntry",
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
                    ("day", models.DateField()),
                    ("who", models.CharField(max_length=255)),
                    ("role", models.CharField(blank=True, max_length=100)),
                    ("hours", models.DecimalField(decimal_places=2, max_digits=6)),
                    ("note", models.CharField(blank=True, max_length=1000)),
                    ("is_billable", models.BooleanField(default=True)),
                    (
                        "billed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="hours",
                            to="billing.service",
                        ),
                    ),
                    ("source", models.CharField(blank=True, max_length=255)),
                    ("created_by", models.CharField(blank=True, max_length=255)),
                    ("created_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["workspace", "-day", "-id"], name="time_latest"),
                        models.Index(fields=["client", "day"], name="time_of_client"),
                        models.Index(
                            condition=models.Q(("billed_by", None), ("is_billable", True)),
                            fields=["client"],
                            name="time_unbilled",
                        ),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("hours__gt", 0), ("hours__lte", 24)),
                            name="time_within_a_day",
                            violation_error_message="A day has more than zero and at most 24 hours.",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("source", ""), _negated=True),
                            fields=("workspace", "source"),
                            name="time_read_once",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="UnitCount",
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
                        "line",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="counts",
                            to="billing.agreementline",
                        ),
                    ),
                    ("day", models.DateField()),
                    ("quantity", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("note", models.CharField(blank=True, max_length=255)),
                    (
                        "billed_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="counts",
                            to="billing.service",
                        ),
                    ),
                    ("created_by", models.CharField(blank=True, max_length=255)),
                    ("created_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [models.Index(fields=["line", "day"], name="count_of_line")],
                },
            ),
        ),
    ]
