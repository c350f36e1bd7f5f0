"""What was sent, what was not and why, and what people answered."""

from django.db import models
from django.db.models import Q

from counterfoil.domain.reminders.guard import Why
from counterfoil.domain.reminders.reasons import say_why
from counterfoil.domain.reminders.replies import Meaning
from counterfoil.features.clients.models import OfXero
from counterfoil.features.reminding.models.campaigns import Campaign, Channel, Step
from counterfoil.mirror.models.mirrored import money


class Message(OfXero):
    """
    One message to one person: planned, looked at by the guard, written down, handed over, and its fate.

    What names the person and speaks of money is emptied when the connection is removed; that something was
    sent, to which digest of a number and about which invoices, stays, so that nothing is sent twice. All that
    a campaign has to say to a person on a day is one message.
    """

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", "Planned"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"
        DROPPED = "dropped", "Not sent"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="messages")
    step = models.ForeignKey(Step, on_delete=models.SET_NULL, null=True, related_name="messages")
    channel = models.CharField(max_length=5, choices=Channel)
    contact_id = models.TextField(db_collation="C")
    contact_name = models.TextField(blank=True)
    address = models.TextField(blank=True)
    digest = models.BinaryField(null=True)  # of the address, keyed; known once it was looked at
    language = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    text = models.TextField(blank=True)
    parts = models.PositiveSmallIntegerField(default=0)
    cost = money(null=True)
    currency = models.CharField(max_length=3, blank=True)
    provider = models.CharField(max_length=20, blank=True)
    provider_id = models.CharField(max_length=100, blank=True)
    token = models.UUIDField(unique=True)  # by which the provider speaks of it to us
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    why = models.CharField(max_length=20, blank=True)  # one of `Why`
    said = models.TextField(blank=True)
    planned_on = models.DateField()  # the organisation's day
    planned_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    look_at = models.DateTimeField()
    is_test = models.BooleanField(default=False)  # it went to somebody here, who wanted to see it
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "look_at", "id"], condition=Q(state="planned"), name="message_due"
            ),
            models.Index(
                fields=["organisation", "digest", "-started_at"],
                condition=Q(started_at__isnull=False),
                name="message_to_person",
            ),
            models.Index(fields=["organisation", "contact_id", "-id"], name="message_of_contact"),
            models.Index(fields=["campaign", "-id"], name="message_of_campaign"),
            models.Index(fields=["organisation"], condition=Q(state="sending"), name="message_in_flight"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "dropped"])
                | Q(started_at__isnull=False, digest__isnull=False),
                name="message_written_down_first",
            ),
            models.UniqueConstraint(
                fields=["campaign", "contact_id", "planned_on"],
                condition=Q(is_test=False),
                name="message_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(is_test=False) | Q(contact_id=""), name="message_test_to_no_customer"
            ),
            models.UniqueConstraint(
                fields=["organisation", "provider", "provider_id"],
                condition=~Q(provider_id=""),
                name="message_known_once",
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def reason(self) -> str:
        """Why it was sent or not, as a sentence."""
        return say_why(Why(self.why), self.said) if self.why else self.said


class MessageInvoice(OfXero):
    """An invoice that a message was planned about, due on this day: each step speaks of it once."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="invoices")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    days = models.SmallIntegerField()
    invoice_id = models.TextField(db_collation="C")
    due_on = models.DateField()
    was_told = models.BooleanField(default=False)  # the message that left spoke of it

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "invoice_id", "-id"], name="message_about_invoice"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "invoice_id", "days", "due_on"], name="reminded_once_per_step"
            )
        ]


class PayLink(OfXero):
    """
    Where a customer sees an invoice at Xero and can pay it; empty: Xero has no such address.

    Each costs a call, so it is asked for once, and only where a message names it.
    """

    invoice_id = models.TextField(db_collation="C")
    address = models.TextField(blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "invoice_id"], name="pay_link_of_invoice")
        ]


class Reply(OfXero):
    """What somebody wrote back, what it seems to mean, and what a person here said that it means."""

    class Answer(models.TextChoices):
        """What became of our own answer: each person gets one to STOP, one to START and one to HELP."""

        WAITING = "waiting", "Waits"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "In doubt"

    MEANINGS = [(meaning.value, meaning.value.capitalize()) for meaning in Meaning]

    contact_id = models.TextField(db_collation="C", blank=True)
    address = models.TextField()
    digest = models.BinaryField()
    text = models.TextField()
    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=100)
    received_at = models.DateTimeField()
    meaning = models.CharField(max_length=10, choices=MEANINGS)
    is_certain = models.BooleanField(default=False)
    promised_on = models.DateField(null=True)
    decided = models.CharField(max_length=10, choices=MEANINGS, blank=True)
    decided_by = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=400, blank=True)  # what we wrote back by ourselves
    answer_state = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "contact_id", "-id"], name="reply_of_contact"),
            models.Index(
                fields=["organisation", "digest"], condition=Q(decided_at=None), name="reply_waiting"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "provider", "provider_id"], name="reply_taken_once"
            ),
            models.UniqueConstraint(
                fields=["organisation", "digest", "meaning"],
                condition=~Q(answer_state=""),
                name="reply_answered_once",
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"
