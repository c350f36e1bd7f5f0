"""
Which costs clients pay back, at which terms, and where each recharge stands.

A recharge stands on a line of `spending` and refers to it by Xero's ids; what was recharged is written
down as it was seen, so that a bill that changes later can be told. All of it is people's own work, so it
outlives a removed connection (K2).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from counterfoil.domain.recharging import RechargeState
from counterfoil.domain.splitting import Remainder
from counterfoil.features.billing.models import RunInvoice
from counterfoil.features.clients.models import Client, Deal, OfXero
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.spending.models import Rule
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.models.mirrored import money, rate

_PERSON = settings.AUTH_USER_MODEL


class Watch(OfXero):
    """From which day on costs are looked at; without a row, none are."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    since = models.DateField()
    begun_by = models.CharField(max_length=255, blank=True)
    begun_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)


class Terms(OfXero):
    """
    At which price and how a cost is billed on. Never changed: other terms are another row.

    A rate is written as Xero does: how many of the document's currency are one of the charge's.
    """

    class RateFrom(models.TextChoices):
        """At which rate a cost in another currency is charged."""

        PAID = "paid", "The rate at which it was paid"
        DOCUMENT = "document", "The rate of the document’s day"
        GIVEN = "given", "A rate that we agreed"

    class Treatment(models.TextChoices):
        """What the charge is to the tax office."""

        SUPPLY = "supply", "A supply of ours: the cost without its tax, and our tax on top"
        DISBURSEMENT = "disbursement", "A disbursement: the cost with its tax, and no tax of ours"

    class When(models.TextChoices):
        """When it is billed."""

        NOW = "now", "On an invoice of its own"
        RUN = "run", "With the month’s billing"

    markup_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    fee = money(default=0)  # in the charge's currency, on top of each recharge
    round_to = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)  # empty: the organisation's own
    rate_from = models.CharField(max_length=8, choices=RateFrom, default=RateFrom.DOCUMENT)
    # Of a rate that is given, which holds for documents in `rate_for` only.
    rate = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    rate_for = models.CharField(max_length=3, blank=True)
    treatment = models.CharField(max_length=12, choices=Treatment, default=Treatment.SUPPLY)
    treatment_reason = models.CharField(max_length=500, blank=True)
    account_code = models.CharField(max_length=10, blank=True)
    tax_type = models.CharField(max_length=50, blank=True)
    tracking = models.JSONField(default=dict, blank=True)  # category id: option id
    when = models.CharField(max_length=3, choices=When, default=When.RUN)
    wording = models.CharField(max_length=1000)
    attaches = models.BooleanField(default=True)  # the source's files go with the invoice
    is_online = models.BooleanField(default=False)  # and the customer sees them with it
    # Another amount than last time is nothing to ask about: this supplier bills by use.
    expects_changes = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(markup_rate__gte=0, markup_rate__lte=1000),
                name="recharging_terms_markup_in_range",
                violation_error_message="A mark-up lies between 0 and 1,000 per cent.",
            ),
            models.CheckConstraint(
                condition=Q(fee__gte=0),
                name="recharging_terms_fee_is_no_gift",
                violation_error_message="A fee is zero or more.",
            ),
            models.CheckConstraint(
                condition=Q(round_to=None) | Q(round_to__gt=0),
                name="recharging_terms_round_to_something",
                violation_error_message="Round to an amount above zero.",
            ),
            # Source: HMRC VAT Notice 700, 25.1.1: a disbursement is recovered at its exact amount.
            models.CheckConstraint(
                condition=~Q(treatment="disbursement") | Q(markup_rate=0, fee=0, round_to=None),
                name="recharging_terms_disbursement_at_cost",
                violation_error_message=(
                    "A disbursement is passed on at its exact cost: take mark-up, fee and rounding"
                    " away, or bill it as a supply."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(treatment="disbursement") | ~Q(treatment_reason=""),
                name="recharging_terms_disbursement_says_why",
                violation_error_message="Say why it is a disbursement, on which no tax of ours is charged.",
            ),
            models.CheckConstraint(
                condition=(Q(rate_from="given", rate__gt=0) & ~Q(rate_for=""))
                | (~Q(rate_from="given") & Q(rate=None, rate_for="")),
                name="recharging_terms_given_rate",
                violation_error_message="Write the rate that you agreed, above zero, and for which currency.",
            ),
        ]


class RuleTerms(OfXero):
    """What fits this rule of `spending` is paid back by the clients that it is given to, at these terms."""

    rule = models.OneToOneField(Rule, on_delete=models.CASCADE, related_name="recharging")
    terms = models.ForeignKey(Terms, on_delete=models.RESTRICT, related_name="+")
    set_by = models.CharField(max_length=255, blank=True)
    set_at = models.DateTimeField()


class ClientTerms(OfXero):
    """At which terms a client pays back what no rule has terms for; `takes_all` proposes it by itself."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    terms = models.ForeignKey(Terms, on_delete=models.RESTRICT, related_name="+")
    takes_all = models.BooleanField(default=False)
    set_by = models.CharField(max_length=255, blank=True)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "client"], name="recharging_client_terms_once")
        ]


class Source(OfXero):
    """
    What is done about one line of a document, and the line as it was seen then; one holds at a time.

    `net` and `tax` are in the document's currency. `kept_weight` is the share that the firm bears itself.
    """

    class Act(models.TextChoices):
        """What is done."""

        RECHARGED = "recharged", "Recharged"
        KEPT = "kept", "Not recharged"

    class Why(models.TextChoices):
        """What decided it."""

        BY_HAND = "by_hand", "By hand"
        RULE = "rule", "Rule"
        BILLABLE = "billable", "Billable expense in Xero"
        CLIENT = "client", "The client’s terms"

    class SplitBy(models.TextChoices):
        """What the weights of the shares are."""

        SHARES = "shares", "Shares"
        SEATS = "seats", "Seats"
        PERCENT = "percent", "Percentages"
        AMOUNT = "amount", "Amounts"
        USAGE = "usage", "Usage"

    stream = models.CharField(max_length=40)
    document_id = models.TextField(db_collation="C")
    line_key = models.TextField(db_collation="C")
    digest = models.BinaryField()
    kind = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    number = models.TextField(blank=True)
    contact_id = models.TextField(db_collation="C", blank=True)
    contact_name = models.TextField(blank=True)
    account_code = models.TextField(blank=True)
    description = models.TextField(blank=True)
    currency = models.CharField(max_length=3)
    net = money()
    tax = money()
    act = models.CharField(max_length=9, choices=Act)
    why = models.CharField(max_length=8, choices=Why)
    rule = models.ForeignKey(Rule, on_delete=models.SET_NULL, null=True, related_name="+")
    split_by = models.CharField(max_length=7, choices=SplitBy, default=SplitBy.SHARES)
    remainder = models.CharField(
        max_length=7, choices=[(one.value, one.label) for one in Remainder], default=Remainder.LARGEST.value
    )
    kept_weight = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    # What the same supplier billed for the same before, where that was another amount.
    price_before = money(null=True)
    priced_before_on = models.DateField(null=True)
    price_seen_by = models.CharField(max_length=255, blank=True)
    price_seen_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)  # why it is not recharged
    made_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "made_by", "-id"], name="recharging_source_latest"),
            models.Index(fields=["organisation", "contact_id", "-day"], name="recharging_source_of_contact"),
            models.Index(
                fields=["organisation"],
                condition=Q(ended_at=None, price_before__isnull=False, price_seen_at=None),
                name="recharging_source_repriced",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "document_id", "line_key"],
                condition=Q(ended_at=None),
                name="recharging_source_once",
                violation_error_message="This cost was decided about already.",
            ),
            models.CheckConstraint(condition=Q(kept_weight__gte=0), name="recharging_source_keeps_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.number or self.document_id}: {self.description[:60]}"


class Recharge(OfXero):
    """
    What one client pays back of a source. The database keeps it from being charged twice.

    `cost` is its part in the document's currency: with tax for a disbursement, else without. `charge` is
    what the client is asked for, without any tax of ours; None while `waits_for` something. A difference
    that is billed or credited later is another one, an `edition` that `adjusts` the first; credits are
    negative.
    """

    class WaitsFor(models.TextChoices):
        """Why it has no charge yet."""

        NOTHING = "", "Nothing"
        PAYMENT = "payment", "The bill is not paid in full, and the rate is that of its payments"
        RATE = "rate", "There is no rate between the two currencies: give one"

    class Asks(models.TextChoices):
        """What happened to its source after it was drafted."""

        NOTHING = "", "Nothing"
        CHANGED = "changed", "The document was changed"
        GONE = "gone", "The document was voided or deleted"

    source = models.ForeignKey(Source, on_delete=models.RESTRICT, related_name="recharges")
    document_id = models.TextField(db_collation="C")
    line_key = models.TextField(db_collation="C")
    edition = models.PositiveSmallIntegerField(default=1)
    adjusts = models.ForeignKey("self", on_delete=models.RESTRICT, null=True, related_name="adjustments")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    place = models.PositiveSmallIntegerField(default=0)
    weight = models.DecimalField(max_digits=19, decimal_places=4)
    cost = money()
    terms = models.ForeignKey(Terms, on_delete=models.RESTRICT, related_name="+")
    charge = money(null=True)
    currency = models.CharField(max_length=3)  # of the charge
    rate_asked = rate()  # the last one about which it asked since an invoice says it
    rate = rate()  # as Xero writes it; None where no rate is needed, or none is known
    waits_for = models.CharField(max_length=7, choices=WaitsFor, blank=True)
    state = models.CharField(
        max_length=8,
        choices=[(one.value, one.label) for one in RechargeState],
        default=RechargeState.PROPOSED.value,
    )
    # While it asks: why, where it stood, and what its cost and its charge would be now.
    asks = models.CharField(max_length=7, choices=Asks, blank=True)
    asked_in = models.CharField(max_length=8, blank=True)
    asked_cost = money(null=True)
    asked_charge = money(null=True)
    # Where it is billed: the run's invoice, the draft and the place on it, and what Xero made of that.
    run_invoice = models.ForeignKey(
        RunInvoice, on_delete=models.SET_NULL, null=True, related_name="recharges"
    )
    draft = models.ForeignKey(InvoiceDraft, on_delete=models.SET_NULL, null=True, related_name="recharges")
    draft_place = models.PositiveSmallIntegerField(null=True)
    invoice_id = models.TextField(db_collation="C", blank=True)
    invoice_line_id = models.TextField(db_collation="C", blank=True)
    settled = money(default=0)  # of the charge
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "state", "-id"], name="recharging_by_state"),
            models.Index(fields=["client", "-id"], name="recharging_of_client"),
            models.Index(
                fields=["organisation", "invoice_id"],
                condition=~Q(invoice_id=""),
                name="recharging_of_invoice",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "document_id", "line_key", "client", "deal", "edition"],
                condition=~Q(state="dropped"),
                nulls_distinct=False,
                name="recharging_part_once",
                violation_error_message="This part of the cost is recharged to this client already.",
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="recharging_share_is_positive"),
            models.CheckConstraint(
                condition=Q(edition=1, adjusts=None) | Q(edition__gt=1, adjusts__isnull=False),
                name="recharging_edition_adjusts",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "ready", "dropped"]) | Q(charge__isnull=False),
                name="recharging_billed_has_charge",
            ),
            models.CheckConstraint(
                condition=(Q(charge=None) & ~Q(waits_for="")) | Q(charge__isnull=False, waits_for=""),
                name="recharging_without_charge_waits",
            ),
            models.CheckConstraint(
                condition=(Q(state="asks") & ~Q(asks="") & ~Q(asked_in=""))
                | (~Q(state="asks") & Q(asks="", asked_in="", asked_cost=None, asked_charge=None)),
                name="recharging_asks_something",
            ),
        ]

    def __str__(self) -> str:
        return f"recharge {self.pk}"


class RechargeEvent(OfXero):
    """One thing that happened to a recharge, in a sentence. Append-only."""

    recharge = models.ForeignKey(Recharge, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    by = models.CharField(max_length=255, blank=True)  # empty: by itself
    state = models.CharField(max_length=8)  # that it came to
    what = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["recharge", "-id"], name="recharging_event_latest")]

    def __str__(self) -> str:
        return self.what


class FilesAsked(OfXero):
    """
    The files of a source's document that go with one invoice: when they were listed, and what did not go.

    Each file itself is a write of the outbox, with a fate of its own.
    """

    draft = models.ForeignKey(InvoiceDraft, on_delete=models.CASCADE, related_name="+")
    stream = models.CharField(max_length=40)
    document_id = models.TextField(db_collation="C")
    asked_at = models.DateTimeField()
    listed_at = models.DateTimeField(null=True)
    count = models.PositiveSmallIntegerField(default=0)  # how many go
    what = models.TextField(blank=True)  # what does not, and why, in words

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation"], condition=Q(listed_at=None), name="recharging_files_to_list"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["draft", "document_id"], name="recharging_files_asked_once")
        ]

    def __str__(self) -> str:
        return f"files of {self.document_id} for draft {self.draft_id}"
