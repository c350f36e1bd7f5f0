"""
What is to be written to Xero: each wish a row, kept from before it is sent until its answer is known.

What people wrote and what Xero said lie in named columns, so that removing a connection can empty them
and keep the rest: without the rest, a wish that was granted could be sent a second time.
"""

from django.db import models
from django.db.models import Q

from counterfoil.domain.outbox import APPROVED, IN_DOUBT, OutboxState
from counterfoil.mirror.models.books import OfOrganisation
from counterfoil.mirror.models.mirrored import money
from counterfoil.mirror.models.tenancy import Organisation
from counterfoil.mirror.rawjson import RawJSONField

_STATES = [(state.value, state.label) for state in OutboxState]
_IN_DOUBT = sorted(state.value for state in IN_DOUBT)
_APPROVED = sorted(state.value for state in APPROVED)


class OutboxRules(OfOrganisation):
    """What a firm chose for the writes to one organisation; without a row, the careful choice."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    asks_approval = models.BooleanField(default=True)
    # Invoices are drafts in Xero, for somebody to approve there, unless this is chosen (K15).
    raises_approved = models.BooleanField(default=False)
    chosen_by = models.CharField(max_length=255, blank=True)
    chosen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"rules of {self.organisation_id}"


class Attempt(OfOrganisation):
    """
    One call that may have changed Xero, written down before its first byte left.

    Its operations point to it; their payloads, in the order of their places, are its body. Repeated with
    the same key and body within Xero's window, it does its work once.
    """

    class Outcome(models.TextChoices):
        """What came of it; a batch can be answered and yet hold refusals."""

        PENDING = "pending", "No answer yet"
        ANSWERED = "answered", "Answered"
        REFUSED = "refused", "Refused as a whole"
        NOT_TAKEN = "not_taken", "Not taken"
        NO_ANSWER = "no_answer", "No answer"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=128, unique=True)
    digest = models.BinaryField(null=True)  # of the body: only the very same is repeated with the key
    known = models.JSONField(
        default=list
    )  # ids of what was alike in Xero before; they are not what came of it
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)  # calls with this key, all of one and the same body
    status = models.PositiveSmallIntegerField(null=True)
    fault = models.TextField(blank=True)  # for a programmer: our own words and Xero's numbers only
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-started_at"], name="attempt_latest")]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class Operation(OfOrganisation):
    """
    One write to Xero that somebody or something wishes for, and what became of it.

    `kind` is a row of the table in `sync.outbox.kinds`; `wish` what is wanted and `payload` what is sent
    for it, both in Xero's words. `intent_key` names the wish: it can be granted once. `reference` is our
    own, and goes to Xero with what is made there, to find it again. `cause_kind` and `cause_id` say which
    feature asked, and for what. `xero_id` is the record that it is about, or that came of it.
    """

    kind = models.CharField(max_length=40)
    intent_key = models.CharField(max_length=200)
    reference = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=_STATES, default=OutboxState.DRAFT.value)
    state_since = models.DateTimeField()
    wish = RawJSONField()
    payload = RawJSONField()
    # For the lists: whose it is, and how much.
    contact_id = models.TextField(db_collation="C", blank=True)
    amount = money(null=True)
    currency = models.CharField(max_length=3, blank=True)
    xero_id = models.TextField(db_collation="C", blank=True)
    # Why it is where it is, in our words, with what to do; Xero's own words beside them.
    sentence = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    xero_words = models.JSONField(default=list)
    # What one act would mend: everything with the same key waits for the same.
    error_key = models.CharField(max_length=120, blank=True)
    waits_for = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="followers")
    attempt = models.ForeignKey(Attempt, on_delete=models.RESTRICT, null=True, related_name="operations")
    place = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    cause_kind = models.CharField(max_length=40)
    cause_id = models.CharField(max_length=64, blank=True)
    asked_by = models.CharField(max_length=255, blank=True)
    asked_at = models.DateTimeField()
    approved_by = models.CharField(max_length=255, blank=True)
    approved_at = models.DateTimeField(null=True)
    held_by = models.CharField(max_length=255, blank=True)
    done_at = models.DateTimeField(null=True)
    # The stamp of Xero's answer: when the same record comes with the same stamp, it is our own echo.
    answer_stamp = models.DateTimeField(null=True)
    echoed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "intent_key"],
                condition=~Q(state=OutboxState.HELD.value),
                name="operation_once_per_intent",
            ),
            models.UniqueConstraint(fields=["organisation", "reference"], name="operation_reference_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in OutboxState]), name="operation_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_IN_DOUBT) | Q(attempt__isnull=False),
                name="operation_in_doubt_has_attempt",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_APPROVED) | Q(approved_at__isnull=False),
                name="operation_approved_before_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state=OutboxState.HELD.value) | ~Q(sentence=""), name="operation_held_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(state=OutboxState.DONE.value) | Q(done_at__isnull=False),
                name="operation_done_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "id"], name="operation_by_state"),
            models.Index(fields=["workspace", "-id"], name="operation_latest"),
            models.Index(fields=["cause_kind", "cause_id"], name="operation_of_cause"),
            models.Index(fields=["organisation", "xero_id"], name="operation_of_record"),
            models.Index(fields=["organisation", "contact_id", "-id"], name="operation_of_contact"),
            models.Index(
                fields=["organisation", "error_key"],
                condition=Q(state=OutboxState.REFUSED.value),
                name="operation_by_error",
            ),
        ]

    def __str__(self) -> str:
        return f"operation {self.pk}"

    @property
    def status(self) -> OutboxState:
        """The state as the rules know it."""
        return OutboxState(self.state)


class OperationFile(OfOrganisation):
    """The bytes of an attachment that waits to be sent; they go once Xero has them."""

    operation = models.OneToOneField(Operation, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"file of operation {self.operation_id}"


class OperationEvent(OfOrganisation):
    """One step in the life of an operation: which state, when, who, and why. Append-only."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10)
    who = models.CharField(max_length=255, blank=True)
    sentence = models.TextField(blank=True)
    attempt = models.ForeignKey(Attempt, on_delete=models.RESTRICT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["operation", "id"], name="operation_event_order")]

    def __str__(self) -> str:
        return f"{self.before} to {self.after} of operation {self.operation_id}"

    @property
    def step(self) -> str:
        """What the operation came to be with this step, in words."""
        return OutboxState(self.after).label
