"""What was billed of it: runs, their invoices, and the services that each of them bills."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value

from counterfoil.features.billing.models.agreed import Agreement, AgreementLine
from counterfoil.features.clients.models import Client, OfWorkspace
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.mirror.models import Organisation


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
