"""What was worked, used and paid for clients, and which service billed it."""

from django.db import models
from django.db.models import Q

from counterfoil.features.billing.models.agreed import AgreementLine
from counterfoil.features.billing.models.runs import Service
from counterfoil.features.clients.models import Client, Deal, OfWorkspace


class TimeEntry(OfWorkspace):
    """Hours that somebody worked for a client on a day; billed by one service at most."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    day = models.DateField()
    who = models.CharField(max_length=255)
    role = models.CharField(max_length=100, blank=True)
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    note = models.CharField(max_length=1000, blank=True)
    is_billable = models.BooleanField(default=True)
    billed_by = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="hours")
    source = models.CharField(max_length=255, blank=True)  # the file and line that it was read from
    created_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-day", "-id"], name="time_latest"),
            models.Index(fields=["client", "day"], name="time_of_client"),
            models.Index(
                fields=["client"], condition=Q(billed_by=None, is_billable=True), name="time_unbilled"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=24),
                name="time_within_a_day",
                violation_error_message="A day has more than zero and at most 24 hours.",
            ),
            models.UniqueConstraint(
                fields=["workspace", "source"], condition=~Q(source=""), name="time_read_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h on {self.day}"


class UnitCount(OfWorkspace):
    """How many units of a line were used on a day; counts of one period are added up."""

    line = models.ForeignKey(AgreementLine, on_delete=models.PROTECT, related_name="counts")
    day = models.DateField()
    quantity = models.DecimalField(max_digits=19, decimal_places=4)
    note = models.CharField(max_length=255, blank=True)
    billed_by = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="counts")
    created_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["line", "day"], name="count_of_line")]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.day}"


class Expense(OfWorkspace):
    """Something paid for a client, to be passed on; billed by one service at most."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    day = models.DateField()
    description = models.CharField(max_length=1000)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    billed_by = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, related_name="expenses")
    created_by = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["client", "day"], name="expense_of_client")]

    def __str__(self) -> str:
        return self.description
