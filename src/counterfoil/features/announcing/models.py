"""Who is told of what, what is to be told, and what came of telling it."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models

from counterfoil.mirror.encryption import EncryptedTextField
from counterfoil.mirror.models import Organisation, Workspace


class EventKind(models.TextChoices):
    """What can be told of; the database notes each in the transaction in which it happens."""

    RECORD_CREATED = "record.created", "A record is new in Xero"
    RECORD_CHANGED = "record.changed", "A record changed in Xero"
    RECORD_GONE = "record.gone", "A record is no longer in Xero"
    RECORD_RETURNED = "record.returned", "A record is back in Xero"
    WRITE_WAITING = "write.waiting", "A write waits for approval"
    WRITE_DONE = "write.done", "A write is in Xero"
    WRITE_REFUSED = "write.refused", "Xero refused a write"
    WRITE_HELD = "write.held", "A write is not to be sent"
    SYNC_SUCCEEDED = "sync.succeeded", "A sync is done"
    SYNC_PARTIAL = "sync.partial", "A sync ended with problems"
    SYNC_FAILED = "sync.failed", "A sync failed"
    DRAFT_CREATED = "draft.created", "A draft of an invoice is new"
    DRAFT_CHANGED = "draft.changed", "A draft of an invoice changed"
    BILLING_MADE = "billing.made", "A month’s invoices are made"
    BILLING_SENT = "billing.sent", "A month’s invoices are in the outbox"
    BILLING_FAILED = "billing.failed", "A month’s billing stopped"
    BILLING_ARCHIVED = "billing.archived", "A month’s billing is closed"
    RECHARGE_PROPOSED = "recharge.proposed", "A recharge is proposed"
    RECHARGE_READY = "recharge.ready", "A recharge can be billed"
    RECHARGE_BILLED = "recharge.billed", "A recharge is on an invoice"
    RECHARGE_ASKS = "recharge.asks", "A recharge asks for a decision"
    REMINDER_SENT = "reminder.sent", "A reminder left"
    REMINDER_DELIVERED = "reminder.delivered", "A reminder arrived"
    REMINDER_FAILED = "reminder.failed", "A reminder could not be sent"
    REMINDER_ANSWERED = "reminder.answered", "Somebody answered a reminder"
    REMINDER_STOPPED = "reminder.stopped", "Somebody wants no more messages"
    CONNECTION_LOST = "connection.lost", "Access to an organisation is lost"
    CONNECTION_FOUND = "connection.found_again", "Access to an organisation is back"


TEST = "test"


class Subscription(models.Model):
    """An address that is told of some kinds of event, and the secret that signs what it is told."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=30))
    secret = EncryptedTextField()
    # Whether it is told what stands in the records too, and not their ids alone.
    holds_more = models.BooleanField(default=False)
    is_on = models.BooleanField(default=True)
    made_by = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    # Nothing is sent before this moment: while a process sends, and while a failed address is left alone.
    next_try_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    stopped_because = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"subscription {self.pk}"


class Event(models.Model):
    """Something to tell one subscription: ids and kind, and `more` where the subscription chose it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="events")
    key = models.UUIDField(default=uuid4, db_default=models.Func(function="gen_random_uuid"))
    kind = models.CharField(max_length=30)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    stream = models.CharField(max_length=40, blank=True, db_default="")
    record_id = models.TextField(blank=True, db_default="")
    more = models.JSONField(null=True)
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["subscription", "id"], condition=models.Q(sent_at=None), name="event_unsent"
            ),
            models.Index(fields=["subscription", "at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Posting(models.Model):
    """One try to tell a subscription: how many events, what was answered, how long it took."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="postings")
    at = models.DateTimeField()
    events = models.PositiveSmallIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    took_ms = models.PositiveIntegerField()
    sentence = models.CharField(max_length=300, blank=True)
    was_taken = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["subscription", "-id"], name="posting_latest")]

    def __str__(self) -> str:
        return f"posting {self.pk}"
