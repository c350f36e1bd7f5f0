"""Reading everything again: what it would change, kept until somebody applies it or lets it go."""

from django.db import models

from counterfoil.mirror.models.books import OfOrganisation, Run
from counterfoil.mirror.rawjson import RawJSONField


class Resync(OfOrganisation):
    """
    One reading of whole streams that writes nothing, and what became of it.

    `plan` is what it would change, as `sync.resync` writes it; `records` is what it read that differs.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "Waiting"
        READING = "reading", "Reading"
        READY = "ready", "Ready"
        APPLYING = "applying", "Applying"
        APPLIED = "applied", "Applied"
        DROPPED = "dropped", "Not applied"
        FAILED = "failed", "Failed"

    streams = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    asked_by = models.CharField(max_length=255, blank=True)
    asked_at = models.DateTimeField()
    read_from = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    applied_by = models.CharField(max_length=255, blank=True)
    finished_at = models.DateTimeField(null=True)
    part = models.CharField(max_length=60, blank=True)
    pages_done = models.PositiveIntegerField(default=0)
    pages_total = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    bytes_received = models.PositiveBigIntegerField(default=0)
    plan = models.JSONField(null=True)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    sentence = models.TextField(blank=True)
    next_step = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-asked_at"], name="resync_latest")]

    def __str__(self) -> str:
        return f"resync {self.pk}"


class ResyncRecord(OfOrganisation):
    """A record that would change, as Xero sent it; without text one that would be marked as gone."""

    resync = models.ForeignKey(Resync, on_delete=models.CASCADE, related_name="records")
    stream = models.CharField(max_length=40)
    xero_id = models.TextField(db_collation="C")
    fate = models.CharField(max_length=10)
    raw = RawJSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resync", "stream", "xero_id"], name="resync_record_once")
        ]

    def __str__(self) -> str:
        return f"{self.fate} {self.stream} {self.xero_id}"
