"""
What clients agreed to pay, what was worked and used for them, and which invoice billed it.

All of it is people's own work, so it outlives a removed connection (K2). What it names in Xero it names by
Xero's id or code, without a foreign key.
"""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value

from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.features.clients.models import Client, Deal, OfWorkspace
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.models.searchable import search_key

_PERSON = settings.AUTH_USER_MODEL


class RateCard(OfWorkspace):
    """What an hour is billed at, or what it costs the firm, by role."""

    class Kind(models.TextChoices):
        """Which of the two."""

        BILLED = "billed", "What clients pay"
        COST = "cost", "What it costs us"

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.BILLED)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="rate_card_name_once")]

    def __str__(self) -> str:
        return self.name


class Rate(OfWorkspace):
    """What an hour of a role is worth from a day on; a role without a name is everybody else."""

    card = models.ForeignKey(RateCard, on_delete=models.CASCADE, related_name="rates")
    role = models.CharField(max_length=100, blank=True)
    since = models.DateField()
    amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["card", "role", "since"], name="rate_once_per_day")]

    def __str__(self) -> str:
        return f"{self.role or 'everybody else'} from {self.since}"


class Agreement(OfWorkspace):
    """
    What a client pays, how often, and to whom of our organisations it is billed.

    Texts may hold fields, as in `Retainer {month}`. Without a contact, it is the client's only one there.
    """

    class State(models.TextChoices):
        """Whether a run bills it."""

        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        ARCHIVED = "archived", "Archived"

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="agreements")
    deal = models.ForeignKey(
        Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="agreements"
    )
    # None once the organisation was forgotten: what was agreed stays, to be billed from another one.
    organisation = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, related_name="+")
    contact_id = models.TextField(db_collation="C", blank=True)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    currency = models.CharField(max_length=3)
    every = models.CharField(max_length=10, choices=[(one.value, one.label) for one in Every])
    billed = models.CharField(max_length=10, choices=[(one.value, one.label) for one in Billed])
    # One of the periods begins on this day; service may begin later.
    anchor = models.DateField()
    starts_on = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    minimum = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    discount_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    due_days = models.PositiveSmallIntegerField(null=True, blank=True)
    po_number = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=255, blank=True)
    branding_theme_id = models.TextField(db_collation="C", blank=True)
    notes = models.TextField(blank=True)
    # Whether the review queue receives its invoices by itself on the day that they are due to be billed.
    is_automatic = models.BooleanField(default=False)
    owner = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    search_key = search_key("name", "po_number")

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "name", "id"], name="agreement_by_name"),
            models.Index(fields=["client", "-id"], name="agreement_of_client"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("starts_on")),
                name="agreement_ends_after_start",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=Q(minimum=None) | Q(minimum__gte=0),
                name="agreement_minimum_is_no_debt",
                violation_error_message="A minimum is zero or more.",
            ),
            models.CheckConstraint(
                condition=Q(discount_rate=None) | Q(discount_rate__gte=0, discount_rate__lte=100),
                name="agreement_discount_is_a_share",
                violation_error_message="A discount lies between 0 and 100 per cent.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AgreementLine(OfWorkspace):
    """One thing that an agreement bills. What is empty is taken from the mapping of its service."""

    class Kind(models.TextChoices):
        """Where its quantity comes from."""

        FIXED = "fixed", "A fixed fee each period"
        TIME = "time", "Hours worked"
        UNITS = "units", "Units used"
        EXPENSES = "expenses", "Expenses passed on"

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    description = models.CharField(max_length=4000)
    service = models.CharField(max_length=100, blank=True)
    item_code = models.CharField(max_length=30, blank=True)
    account_code = models.CharField(max_length=10, blank=True)
    tax_type = models.CharField(max_length=50, blank=True)
    tracking = models.JSONField(default=dict, blank=True)  # category id: option id
    # Of a fixed fee: how many, and whether part of a period costs part of it.
    quantity = models.DecimalField(max_digits=19, decimal_places=4, default=1)
    is_split = models.BooleanField(default=True)
    # Of units: what is counted, and how many a period are in the fixed fee.
    unit = models.CharField(max_length=50, blank=True)
    included = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    rate_card = models.ForeignKey(RateCard, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Of expenses: what is added to each.
    markup_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    starts_on = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["agreement", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "place"],
                name="agreement_line_once_per_place",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=~Q(kind="time") | Q(rate_card__isnull=False),
                name="agreement_line_of_time_has_rates",
                violation_error_message="Say by which rate card hours are billed.",
            ),
        ]

    def __str__(self) -> str:
        return self.description


class LinePrice(OfWorkspace):
    """What a fixed fee costs a period, or a unit costs, from a day on."""

    line = models.ForeignKey(AgreementLine, on_delete=models.CASCADE, related_name="prices")
    since = models.DateField()
    amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        ordering = ["line", "since"]
        constraints = [models.UniqueConstraint(fields=["line", "since"], name="line_price_once_per_day")]

    def __str__(self) -> str:
        return f"{self.amount} from {self.since}"


class Pause(OfWorkspace):
    """Days on which an agreement gives no service and bills none; without a last day it goes on."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="pauses")
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    why = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["agreement", "first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")),
                name="pause_ends_after_start",
                violation_error_message="The last day of the pause is before its first.",
            )
        ]

    def __str__(self) -> str:
        return f"from {self.first_day}"


class AgreementChange(OfWorkspace):
    """One change to an agreement: who made it, when, and what it was, in sentences."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    by = models.CharField(max_length=255)
    what = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["agreement", "-id"], name="agreement_change_latest")]

    def __str__(self) -> str:
        return " ".join(self.what)


class BillingRun(OfWorkspace):
    """
    One go of billing: all invoices dated within its days. Once archived, nothing of it changes.

    `archive` then holds what was billed, as it was sent. What goes on in the background is in `doing`, with
    how far it is, and why it stopped.
    """

    class State(models.TextChoices):
        """Whether people still work on it."""

        OPEN = "open", "In review"
        ARCHIVED = "archived", "Archived"

    class Doing(models.TextChoices):
        """What a job does with it."""

        NOTHING = "", "Nothing"
        MAKING = "making", "Making invoices"
        PUSHING = "pushing", "Sending to the outbox"
        WAVING = "waving", "Looking for what is as last time"

    first_day = models.DateField()
    last_day = models.DateField()
    organisation = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    created_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    generated_at = models.DateTimeField(null=True)
    doing = models.CharField(max_length=7, choices=Doing, default=Doing.NOTHING, blank=True)
    asked_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)
    left_out = models.JSONField(default=list)  # what could not be billed, each in a sentence
    archived_by = models.CharField(max_length=255, blank=True)
    archived_at = models.DateTimeField(null=True)
    archive = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="billing_run_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="billing_run_ends_after_start",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=~Q(state="archived") | Q(archive__isnull=False), name="billing_run_archived_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


class BillingChoices(OfWorkspace):
    """Whether the review queue of an organisation fills itself; without a row it does not."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    is_automatic = models.BooleanField(default=False)
    days_before = models.PositiveSmallIntegerField(default=0)  # before an invoice's date it is made
    made_up_to = models.DateField(null=True)  # the last day that was billed up to by itself

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days_before__lte=31),
                name="billing_choices_within_a_month",
                violation_error_message="At most 31 days before.",
            )
        ]


class RunInvoice(OfWorkspace):
    """
    One invoice that a run made: what it bills, the draft that it is written in, and what people decided.

    Discarding it lets go of what it billed, so that the next run bills it.
    """

    class State(models.TextChoices):
        """What people decided about it."""

        REVIEW = "review", "To be reviewed"
        READY = "ready", "Ready"
        HELD = "held", "On hold"
        PUSHED = "pushed", "Pushed"
        DISCARDED = "discarded", "Discarded"

    run = models.ForeignKey(BillingRun, on_delete=models.CASCADE, related_name="invoices")
    organisation = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    date = models.DateField()
    state = models.CharField(max_length=9, choices=State, default=State.REVIEW)
    draft = models.OneToOneField(InvoiceDraft, on_delete=models.SET_NULL, null=True, related_name="+")
    problem = models.TextField(blank=True)  # what could not be billed, or why it cannot be sent, in words
    why_held = models.CharField(max_length=255, blank=True)
    decided_by = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["run", "id"], name="run_invoice_of_run"),
            models.Index(fields=["client", "-date"], name="run_invoice_of_client"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="held") | ~Q(why_held=""), name="run_invoice_held_says_why"
            )
        ]

    def __str__(self) -> str:
        return f"run invoice {self.pk}"


class Service(OfWorkspace):
    """
    What one invoice bills of one line: which days, how many, at what price.

    The database keeps any day of a line from being billed twice, in two browsers and after a crash.
    """

    invoice = models.ForeignKey(RunInvoice, on_delete=models.CASCADE, related_name="services")
    # None for what brings a period up to the agreement's minimum.
    line = models.ForeignKey(AgreementLine, on_delete=models.PROTECT, null=True, related_name="services")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="services")
    place = models.PositiveSmallIntegerField()
    start = models.DateField()
    end = models.DateField()  # the first day that is not in it
    description = models.CharField(max_length=4000)
    quantity = models.DecimalField(max_digits=19, decimal_places=4)
    price = models.DecimalField(max_digits=19, decimal_places=4)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    # A stretch of a period at one price is billed once; hours and expenses are told apart by their own rows.
    is_of_days = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="service_has_days"),
            ExclusionConstraint(
                name="service_billed_once",
                # As a range of one number, which needs no extension of the database.
                expressions=[
                    (Func(F("line_id"), F("line_id"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("start"), F("end"), function="daterange"), "&&"),
                ],
                # A range from nothing to nothing would hold every line.
                condition=Q(is_of_days=True, line__isnull=False),
            ),
            ExclusionConstraint(
                name="service_minimum_once",
                expressions=[
                    (Func(F("agreement_id"), F("agreement_id"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("start"), F("end"), function="daterange"), "&&"),
                ],
                condition=Q(is_of_days=True, line__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start} up to {self.end} of line {self.line_id}"


class TimeEntry(OfWorkspace):
    """Hours that somebody worked for a client on a day; billed by one service at most."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    day = models.DateField()
    who = models.CharField(max_length=255)
    role = models.CharField(max_length=100, blank=True)
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    note = models.CharField(max_length=1000, blank=True)
    is_billable = models.BooleanField(default=True)
    billed_by = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="hours")
    source = models.CharField(max_length=255, blank=True)  # the file and line that it was read from
    created_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-day", "-id"], name="time_latest"),
            models.Index(fields=["client", "day"], name="time_of_client"),
            models.Index(
                fields=["client"], condition=Q(billed_by=None, is_billable=True), name="time_unbilled"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=24),
                name="time_within_a_day",
                violation_error_message="A day has more than zero and at most 24 hours.",
            ),
            models.UniqueConstraint(
                fields=["workspace", "source"], condition=~Q(source=""), name="time_read_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h on {self.day}"


class UnitCount(OfWorkspace):
    """How many units of a line were used on a day; counts of one period are added up."""

    line = models.ForeignKey(AgreementLine, on_delete=models.PROTECT, related_name="counts")
    day = models.DateField()
    quantity = models.DecimalField(max_digits=19, decimal_places=4)
    note = models.CharField(max_length=255, blank=True)
    billed_by = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="counts")
    created_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["line", "day"], name="count_of_line")]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.day}"


class Expense(OfWorkspace):
    """Something paid for a client, to be passed on; billed by one service at most."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    day = models.DateField()
    description = models.CharField(max_length=1000)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    billed_by = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="expenses")
    created_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["client", "day"], name="expense_of_client")]

    def __str__(self) -> str:
        return self.description
