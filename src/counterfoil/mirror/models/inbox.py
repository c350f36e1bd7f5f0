"""What Xero told us by webhook: each delivery as it came, and the records that are to be read for it."""

from django.db import models
from django.db.models import Q

from counterfoil.mirror.models.books import OfOrganisation


class Delivery(models.Model):
    """
    One signed post of Xero's, kept whole for a while: the log, and what a replay reads again.

    It belongs to no workspace: one delivery may tell of organisations of several firms, or of none.
    It holds ids and times only. What a firm may see of it are its own notices. `client_id` is the app
    that signed it, and `firm_id` the workspace that saved this app; None for the installation's app.
    `is_test` is a post of our own, sent to see whether Xero's would arrive.
    """

    received_at = models.DateTimeField()
    client_id = models.CharField(max_length=64)
    firm_id = models.BigIntegerField(null=True)
    is_test = models.BooleanField(default=False)
    body = models.BinaryField()
    unpacked_at = models.DateTimeField(null=True)
    replayed_at = models.DateTimeField(null=True)
    event_count = models.PositiveIntegerField(default=0)
    unclaimed_count = models.PositiveIntegerField(default=0)
    unused_count = models.PositiveIntegerField(default=0)
    first_sequence = models.BigIntegerField(null=True)
    last_sequence = models.BigIntegerField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], name="delivery_latest"),
            models.Index(fields=["client_id", "received_at"], name="delivery_of_app"),
            models.Index(
                fields=["client_id", "received_at"], condition=Q(event_count=0), name="delivery_of_nothing"
            ),
            models.Index(fields=["id"], condition=Q(unpacked_at=None), name="delivery_waiting"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Notice(OfOrganisation):
    """
    A record that Xero said has changed: one row however often it is said.

    `heard` counts the times that it was news, so that what is said while the record is being read is
    not taken for read. It waits until `settled_at`, when what Xero then held is in the mirror.
    """

    stream = models.CharField(max_length=40)
    xero_id = models.TextField(db_collation="C")
    said_at = models.DateTimeField()
    heard = models.PositiveIntegerField(default=1)
    heard_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    problem = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "stream", "xero_id"], name="notice_once_per_record"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "next_try_at"], condition=Q(settled_at=None), name="notice_waiting"
            ),
            models.Index(fields=["organisation", "-heard_at", "-id"], name="notice_latest"),
        ]

    def __str__(self) -> str:
        return f"notice of {self.stream} {self.xero_id}"
