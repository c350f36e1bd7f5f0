"""What is sent to whom and when: a campaign, its steps, and the words of each in every language."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from counterfoil.features.clients.models import OfWorkspace, OfXero
from counterfoil.mirror.models.mirrored import money


class Channel(models.TextChoices):
    """By what a message goes."""

    TEXT = "text", "Text message"
    EMAIL = "email", "E-mail"


class Campaign(OfXero):
    """
    Reminders about invoices by their due dates, or one message to a group. Off until somebody activates it.

    The audience is everybody who fits all that is filled in; what is empty fits everybody. `resumed_at` is
    when it last began to send: what was planned before that is never sent.
    """

    class Kind(models.TextChoices):
        """What it is about."""

        INVOICES = "invoices", "Invoices"
        BROADCAST = "broadcast", "One message"

    class State(models.TextChoices):
        """Whether it sends."""

        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.INVOICES)
    channel = models.CharField(max_length=5, choices=Channel, default=Channel.TEXT)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    state_because = models.CharField(max_length=255, blank=True)
    send_at = models.TimeField()  # as clocks show it where the organisation is
    language = models.CharField(max_length=20, default="en")  # of readers of whom nothing is known
    broadcast_on = models.DateField(null=True, blank=True)
    group_ids = ArrayField(models.TextField(), default=list, blank=True)
    excluded_group_ids = ArrayField(models.TextField(), default=list, blank=True)
    excluded_contact_ids = ArrayField(models.TextField(), default=list, blank=True)
    client_tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    least = money(null=True, blank=True)  # of what is still to be paid on one invoice
    most = money(null=True, blank=True)
    daily_limit = models.PositiveIntegerField(null=True, blank=True)  # of messages of this campaign
    # A kept view of the invoices as it was when it was chosen: who changes theirs texts nobody else by that.
    view_name = models.CharField(max_length=60, blank=True)
    view_asks = models.JSONField(default=dict, blank=True)
    made_by = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    activated_by = models.CharField(max_length=255, blank=True)
    resumed_at = models.DateTimeField(null=True)
    planned_through = models.DateField(null=True)  # the last day of the organisation that was planned
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="campaign_latest")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="active") | Q(resumed_at__isnull=False), name="campaign_began"
            ),
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(most__gte=F("least")),
                name="campaign_amounts_in_order",
                violation_error_message="The largest amount is less than the smallest.",
            ),
            models.CheckConstraint(
                condition=Q(least=None, most=None) | ~Q(currency=""),
                name="campaign_amount_has_currency",
                violation_error_message="Say in which currency the amounts are.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Step(OfWorkspace):
    """One moment of a campaign: so many days after the due date, before it when negative."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="steps")
    days = models.SmallIntegerField()

    class Meta:
        ordering = ["days"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "days"],
                name="step_once",
                violation_error_message="This campaign has a step on this day already.",
            )
        ]

    def __str__(self) -> str:
        return f"step {self.days} of {self.campaign_id}"


class Wording(OfWorkspace):
    """The words of a step in one language; an e-mail has a subject too."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="wordings")
    language = models.CharField(max_length=20)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(max_length=1600)  # what providers take: ten parts and more is no reminder

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["step", "language"], name="wording_once")]

    def __str__(self) -> str:
        return f"{self.language} of {self.step_id}"
