"""What came of holding the copy against Xero, kept."""

from django.db import models

from counterfoil.mirror.models.books import OfOrganisation, Run


class Verification(OfOrganisation):
    """
    One comparison of the copy with Xero's own figures, from the wish to the verdict.

    `figures` holds all that was compared, as `sync.verdicts` writes it; amounts are text, so that no
    digit is lost.
    """

    class State(models.TextChoices):
        """Where the comparison stands."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Comparing"
        DONE = "done", "Compared"
        FAILED = "failed", "Not compared"

    class Verdict(models.TextChoices):
        """What it came to."""

        EQUAL = "equal", "Equal"
        EXPLAINED = "explained", "Explained"
        UNEXPLAINED = "unexplained", "Unexplained"

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=40)
    asked_by = models.CharField(max_length=255, blank=True)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    part = models.CharField(max_length=60, blank=True)
    parts_done = models.PositiveSmallIntegerField(default=0)
    parts_total = models.PositiveSmallIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    figures = models.JSONField(null=True)
    sentence = models.TextField(blank=True)
    next_step = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-asked_at"], name="verification_latest")]

    def __str__(self) -> str:
        return f"verification {self.pk}"
