"""How the copy came to be: runs, cursors, changes, what could not be read, and what it cost."""

from django.db import models
from django.db.models import Q

from counterfoil.mirror.models.tenancy import Organisation, Workspace


class OfOrganisation(models.Model):
    """What belongs to one organisation, and through it to one workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class Run(OfOrganisation):
    """One execution of the sync for one organisation."""

    class Kind(models.TextChoices):
        """What the run reads."""

        FULL = "full", "Full copy"
        DELTA = "delta", "Changes"
        SWEEP = "sweep", "Daily check"
        WEBHOOK = "webhook", "News from Xero"
        AGAIN = "again", "Single records"

    class State(models.TextChoices):
        """Where the run stands. Only when every stream succeeded is the run a success."""

        RUNNING = "running", "Syncing"
        PARKED = "parked", "Waiting"
        SUCCEEDED = "succeeded", "Up to date"
        PARTIAL = "partial", "Finished with problems"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    resumes = models.PositiveIntegerField(default=0)
    parked_until = models.DateTimeField(null=True)
    sentence = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    needs_person = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-started_at"], name="run_latest"),
            models.Index(fields=["organisation", "kind", "-started_at"], name="run_latest_of_kind"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=["running", "parked"]),
                name="run_one_unfinished_per_organisation",
            )
        ]


class StreamRun(OfOrganisation):
    """One stream within a run: how far it is and what came of it."""

    class State(models.TextChoices):
        """Where the stream stands."""

        WAITING = "waiting", "Waiting"
        READING = "reading", "Reading"
        DONE = "done", "Done"
        UNAVAILABLE = "unavailable", "Not in this organisation"
        FAILED = "failed", "Failed"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="streams")
    stream = models.CharField(max_length=40)
    place = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    walk_started_at = models.DateTimeField(null=True)
    pages_total = models.PositiveIntegerField(null=True)
    pages_done = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(null=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_gone = models.PositiveIntegerField(default=0)
    rows_quarantined = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    bytes_received = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    # The same for a programmer: without Xero's words, which can name people, and with Xero's number for it.
    fault = models.TextField(blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["run", "stream"], name="stream_once_per_run")]


class Cursor(OfOrganisation):
    """Up to which moment of Xero's clock a stream is known; moves only when the stream finished."""

    stream = models.CharField(max_length=40)
    since = models.DateTimeField()
    succeeded_at = models.DateTimeField()
    swept_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "stream"], name="cursor_once_per_stream")
        ]


class Change(OfOrganisation):
    """What changed in a mirrored record: the fields before and after, when, and in which run. Append-only."""

    class Kind(models.TextChoices):
        """What happened to the record."""

        CREATED = "created", "New"
        CHANGED = "changed", "Changed"
        GONE = "gone", "No longer in Xero"
        RETURNED = "returned", "Back in Xero"

    stream = models.CharField(max_length=40)
    xero_id = models.TextField()
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    why = models.CharField(max_length=60)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "stream", "xero_id", "at"], name="change_of_record"),
            models.Index(fields=["organisation", "-at"], name="change_latest"),
            models.Index(fields=["organisation", "stream", "-at"], name="change_latest_of_stream"),
        ]


class Quarantined(OfOrganisation):
    """A record that could not be read, exactly as it came. It stops nothing else and is never dropped."""

    stream = models.CharField(max_length=40)
    xero_id = models.TextField(blank=True)
    digest = models.BinaryField()
    raw = models.TextField()
    problem = models.TextField()
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "stream", "digest"], name="quarantined_once")
        ]


class Usage(OfOrganisation):
    """Calls and bytes, counted by day, stream and reason; `writes` are the calls that could change Xero."""

    day = models.DateField()
    stream = models.CharField(max_length=40)
    reason = models.CharField(max_length=40)
    calls = models.PositiveIntegerField(default=0)
    writes = models.PositiveIntegerField(default=0)
    bytes_received = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "day", "stream", "reason"], name="usage_once_per_day"
            )
        ]


class GateBudget(OfOrganisation):
    """What is left of Xero's limits for one organisation, shared by every process; see `xero.budget`."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    state = models.JSONField(default=dict)


class AppBudget(models.Model):
    """
    What is left of Xero's limit for an app, shared by all its organisations; see `xero.budget`.

    An app may serve several workspaces, and counts alone say nothing about any of them.
    """

    client_id = models.CharField(max_length=64, primary_key=True)
    state = models.JSONField(default=dict)
