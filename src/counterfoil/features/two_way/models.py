"""
What both sides last agreed about the fields of a contact, what is on its way, and what waits for a person.

All of it holds names and addresses that came from Xero, so it goes with the connection (K2): after a
reconnection both sides are compared as at the first time, and nothing is overwritten.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from counterfoil.features.clients.models import Link, OfXero, Person
from counterfoil.mirror.models import Operation, Organisation

_PERSON = settings.AUTH_USER_MODEL


class FieldsChoice(OfXero):
    """Whether an organisation's contact fields go both ways; without a row they do not."""

    class AtFirst(models.TextChoices):
        """What becomes of what differs when both sides are compared for the first time."""

        ASK = "ask", "Ask about each"
        OURS = "ours", "Ours, for all of them"
        THEIRS = "theirs", "Xero’s, for all of them"

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    is_on = models.BooleanField(default=False)
    at_first = models.CharField(max_length=6, choices=AtFirst, default=AtFirst.ASK)
    chosen_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    chosen_at = models.DateTimeField()
    # Up to when both sides have been compared; nothing before the first time.
    compared_at = models.DateTimeField(null=True)
    # A plan that would change a surprising share waits until a person agrees to this very plan.
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.TextField(blank=True)
    stopped_plan = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"contact fields of {self.organisation_id}"


class Agreement(OfXero):
    """
    What both sides last agreed, field by field; a field that is missing was never agreed.

    `person` is whose fields they are, or the client's. `apart` are fields that a person left different.
    """

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="agreement")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    values = models.JSONField(default=dict)
    apart = ArrayField(models.CharField(max_length=30), default=list)
    # Our side was changed since both sides were compared.
    is_stale = models.BooleanField(default=False)
    agreed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"agreement of {self.link_id}"


class Push(OfXero):
    """
    What is on its way to Xero: one operation for what Xero writes at once, as an address.

    `values` are the fields that change by it, `whole` is all that is sent with them.
    """

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="pushes")
    unit = models.CharField(max_length=20)
    operation = models.OneToOneField(Operation, on_delete=models.CASCADE, related_name="+")
    values = models.JSONField()
    whole = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "unit"], name="push_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.unit} of {self.link_id}"


class Difference(OfXero):
    """
    One field that is not the same on both sides, and why it stays so until a person says something.

    Once decided it stays, with what was there before, so that it can be explained and taken back. One
    that solved itself is gone.
    """

    class Why(models.TextChoices):
        """What keeps the two sides apart."""

        FIRST = "first", "Different when first compared"
        BOTH = "both", "Changed on both sides"
        REFUSED = "refused", "Refused by Xero"
        HELD = "held", "Marked as “Do not send”"
        BLOCKED = "blocked", "Cannot be sent"

    class Choice(models.TextChoices):
        """Which value a person chose."""

        OURS = "ours", "Ours"
        THEIRS = "theirs", "Xero’s"
        EDITED = "edited", "Edited"
        APART = "apart", "Left different"

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="differences")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    field = models.CharField(max_length=30)
    why = models.CharField(max_length=8, choices=Why)
    # Never agreed is not the same as agreed to be empty.
    agreed = models.TextField(null=True)
    ours = models.TextField(blank=True)
    theirs = models.TextField(blank=True)
    sentence = models.TextField(blank=True)
    xero_words = models.JSONField(default=list)
    operation = models.ForeignKey(Operation, on_delete=models.SET_NULL, null=True, related_name="+")
    found_at = models.DateTimeField()
    choice = models.CharField(max_length=6, choices=Choice, blank=True)
    chosen = models.TextField(blank=True)
    decided_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link", "field"], condition=Q(decided_at=None), name="difference_once_per_field"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | ~Q(choice=""), name="difference_decided_says_how"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "why", "id"],
                condition=Q(decided_at=None),
                name="difference_waiting",
            ),
            models.Index(fields=["organisation", "decided_by", "-decided_at"], name="difference_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.link_id}"
