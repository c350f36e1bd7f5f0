"""What clients agreed to pay: rate cards, agreements with their lines, prices and pauses."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.features.clients.models import Client, Deal, OfWorkspace
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
