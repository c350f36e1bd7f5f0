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
    CONNECTION_LOST = "connection.lost", "Access to an organisation is lost"
    CONNECTION_FOUND = "connection.found_again", "Access to an organisation is back"


TEST = "test"


class Subscription(models.Model):
    """An address that is told of some kinds of event, and the secret that signs what it is told."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=30))
    secret = EncryptedTextField()
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
    """Something to tell one subscription: ids and kind, and never more."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="events")
    key = models.UUIDField(default=uuid4, db_default=models.Func(function="gen_random_uuid"))
    kind = models.CharField(max_length=30)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    stream = models.CharField(max_length=40, blank=True, db_default="")
    record_id = models.TextField(blank=True, db_default="")
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
