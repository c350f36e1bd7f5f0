"""What documents post to income and expenses, drawn up from them; and what Xero's own report said."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from counterfoil.mirror.models.books import OfOrganisation
from counterfoil.mirror.models.mirrored import text, xero_id
from counterfoil.mirror.models.tenancy import Organisation, Workspace


class Basis(models.TextChoices):
    """When something counts: on the document's own day, or when money moves."""

    ACCRUAL = "accrual", "Accrual"
    CASH = "cash", "Cash"


class _Drawn(models.Model):
    """Drawn up from mirrored records in great numbers, so without constraints that check each row."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    stream = models.CharField(max_length=40)
    document_id = xero_id()

    class Meta:
        abstract = True


class Posting(_Drawn):
    """
    What one document posts to one account on one day, in base currency, debits positive.

    `options` are the tracking options of its lines. `account` is an account's id, or its code where Xero's
    line has no id.
    """

    basis = models.CharField(max_length=7, choices=Basis)
    day = models.DateField()
    account = xero_id()
    contact_id = xero_id()
    options = ArrayField(models.TextField(db_collation="C"))
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    foreign_lines = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [
            # Holds all that the sums of a report ask for, so that none of them reads the rows themselves.
            models.Index(
                fields=["organisation", "basis", "day"],
                include=["workspace", "account", "amount", "stream", "foreign_lines"],
                name="posting_by_day",
            ),
            models.Index(fields=["organisation", "document_id"], name="posting_of_document"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.document_id} {self.day}"


class Unposted(_Drawn):
    """A document that was written since its postings were drawn up; the database itself makes these rows."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "stream", "document_id"], name="unposted_once_per_document"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.document_id}"


class Unread(_Drawn):
    """A document whose text does not say what it posts: no figure has it until it is read again."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "stream", "document_id"], name="unread_once_per_document"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.document_id}"


class ReportedMonth(OfOrganisation):
    """A month of Xero's own profit and loss: `lines` are its accounts, as the report had them when asked."""

    basis = models.CharField(max_length=7, choices=Basis)
    month = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = text(blank=True)
    lines = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "basis", "month"], name="reported_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.basis} {self.month:%Y-%m}"
