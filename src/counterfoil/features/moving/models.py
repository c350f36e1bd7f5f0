"""The exports of a firm that wait in the database to be fetched, for whichever machine answers."""

from django.conf import settings
from django.db import models

from counterfoil.mirror.models import Workspace


class Takeout(models.Model):
    """One export of a firm: who asked for it, how far it is, and what came of it."""

    class State(models.TextChoices):
        """Where an export stands."""

        WAITING = "waiting", "Waiting"
        WRITING = "writing", "Being written"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    tables_done = models.PositiveIntegerField(default=0)
    tables_total = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    sentence = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(state__in=("waiting", "writing")),
                name="one_takeout_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"Export of {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        """Say whether a worker still has to do something."""
        return self.state in (self.State.WAITING, self.State.WRITING)


class TakeoutPiece(models.Model):
    """Some of the file's bytes; all of them in order are the file."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    takeout = models.ForeignKey(Takeout, on_delete=models.CASCADE, related_name="pieces")
    place = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["takeout", "place"], name="piece_once_per_place")]

    def __str__(self) -> str:
        return f"Piece {self.place}"
