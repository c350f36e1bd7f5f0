"""
A file of clients, people, deals or work, line by line as it was written, and what became of each line.

The lines stay after the import: they show where a record came from, and let the whole be taken back.
"""

from django.db import models

from counterfoil.mirror.models import Workspace


class Upload(models.Model):
    """One file; `digest` knows it again, so that giving it twice is no second import."""

    class Kind(models.TextChoices):
        """What each line of the file is."""

        CLIENTS = "clients", "clients"
        PEOPLE = "people", "people"
        DEALS = "deals", "deals"
        TIME = "time", "hours"
        UNITS = "units", "units"
        EXPENSES = "expenses", "expenses"

    class Dates(models.TextChoices):
        """Which part of a date like 04/05/2026 is the day."""

        DAY_FIRST = "day", "Day first, as in 31/12/2026"
        MONTH_FIRST = "month", "Month first, as in 12/31/2026"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    heads = models.JSONField()
    # For each column what it is taken for; empty when it is left out.
    meanings = models.JSONField()
    dates = models.CharField(max_length=5, choices=Dates, default=Dates.DAY_FIRST)
    # Of amounts beside which no currency stands.
    currency = models.CharField(max_length=3, blank=True)
    makes_clients = models.BooleanField(default=False)
    given_by = models.CharField(max_length=255)
    given_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "digest"], name="upload_once_per_kind")
        ]

    def __str__(self) -> str:
        return self.name


class UploadRow(models.Model):
    """One line: what stands on it, what it would become or became, and whom it may be already."""

    class State(models.TextChoices):
        """Where a line stands; the words are shown to people."""

        NEW = "new", "Will be added"
        FOUND = "found", "May be here already"
        WRONG = "wrong", "Cannot be taken"
        LEFT = "left", "Left as it is"
        MADE = "made", "Added"
        COMPLETED = "completed", "Completed"

    class Choice(models.TextChoices):
        """What a person decided about a line that may be here already."""

        LEAVE = "leave", "Leave the one that is here as it is"
        COMPLETE = "complete", "Fill in what it lacks"
        ADD = "add", "Add another one"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    belongs_to = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    # Why it cannot be taken, or why it may be here already.
    reason = models.TextField(blank=True)
    found_id = models.BigIntegerField(null=True)
    choice = models.CharField(max_length=10, choices=Choice, blank=True)
    made_id = models.BigIntegerField(null=True)
    # A client that was made because a person or a deal belongs to it.
    made_client_id = models.BigIntegerField(null=True)
    # What was written, and what stood there before: by which the import is taken back.
    wrote = models.JSONField(null=True)
    stood = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["belongs_to", "line"], name="line_once_per_upload")]
        indexes = [models.Index(fields=["belongs_to", "state", "line"], name="upload_row_by_state")]

    def __str__(self) -> str:
        return f"line {self.line}"
