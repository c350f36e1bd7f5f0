"""
What an earlier tool knew, row by row as it was written, and what each row was found to be in Xero.

It is the firm's own data, not a copy of Xero's: it stays when a connection is removed, and when an
organisation is forgotten it belongs to none again.
"""

from django.db import models

from counterfoil.features.clients.models import Client, Link
from counterfoil.mirror.models import Organisation, Workspace


class Import(models.Model):
    """One file; `digest` knows it again, so that giving it twice changes nothing."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    given_by = models.CharField(max_length=255)
    given_at = models.DateTimeField()
    assigned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "digest"], name="import_once")]

    def __str__(self) -> str:
        return self.name


class StagedRow(models.Model):
    """One line of the file: what it says, and which record of Xero it was matched with, and by what."""

    class Kind(models.TextChoices):
        """What the line is about; `other` is what nobody could make out, kept all the same."""

        CLIENT = "client", "clients"
        INVOICE = "invoice", "invoices"
        PAYMENT = "payment", "payments"
        OTHER = "other", "other lines"

    class MatchedBy(models.TextChoices):
        """What proved it, strongest first."""

        ID = "id", "by Xero’s id"
        NUMBER = "number", "by number"
        NAME = "name", "by name"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    belongs_to = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    xero_id = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    said = models.JSONField()
    matched_id = models.CharField(max_length=64, blank=True)
    matched_by = models.CharField(max_length=10, choices=MatchedBy, blank=True)
    made_client = models.ForeignKey(Client, null=True, on_delete=models.SET_NULL, related_name="+")
    made_link = models.ForeignKey(Link, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["belongs_to", "line"], name="line_once_per_import")]

    def __str__(self) -> str:
        return f"line {self.line}"
