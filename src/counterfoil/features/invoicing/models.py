"""
What people decide about invoices that are raised here: mappings, choices, and drafts.

All of it is people's work, so it outlives a removed connection (K2). What it names in Xero it names by
Xero's id, without a foreign key, and finds again when the organisation is reconnected.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from counterfoil.domain.totals import AmountsAre
from counterfoil.features.clients.models import Client
from counterfoil.mirror.models import Organisation, Workspace

_PERSON = settings.AUTH_USER_MODEL


class _OfOrganisation(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class Mapping(_OfOrganisation):
    """
    Which record of an organisation one of our words means.

    The word is a service that the firm sells, or a way to pay; an empty one stands for all others.
    """

    class Kind(models.TextChoices):
        """What kind of record is meant."""

        ACCOUNT = "account", "Account"
        TAX = "tax", "Tax rate"
        ITEM = "item", "Item"
        TRACKING = "tracking", "Tracking"
        PAYMENT_ACCOUNT = "payment_account", "Payment account"
        BRANDING = "branding", "Branding theme"

    kind = models.CharField(max_length=20, choices=Kind)
    ours = models.CharField(max_length=100, blank=True)
    # Of an account, an item, a theme or a tracking option the id; of a tax rate its type.
    xero_id = models.TextField(db_collation="C")
    category_id = models.TextField(db_collation="C", blank=True)  # of a tracking option
    set_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "ours", "category_id"], name="mapping_once"
            ),
            models.CheckConstraint(
                condition=Q(category_id="") | Q(kind="tracking"), name="mapping_category_of_tracking"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.ours or 'everything else'}"


class InvoicingChoices(_OfOrganisation):
    """How invoices of one organisation are raised; without a row, as the defaults here say."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    amounts_are = models.CharField(
        max_length=10, choices=AmountsAre.choices(), default=AmountsAre.EXCLUSIVE.value
    )
    decimals = models.PositiveSmallIntegerField(default=2)
    due_days = models.PositiveSmallIntegerField(default=30)
    set_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(decimals__in=[2, 4]), name="choices_two_or_four_decimals")
        ]


class InvoiceDraft(_OfOrganisation):
    """
    A sales invoice as somebody writes it here, new or as an edit of one that Xero has.

    `xero_id` names the invoice in Xero once there is one; `read_at_version` is when Xero had last
    changed it as the edit began.
    """

    client = models.ForeignKey(Client, on_delete=models.SET_NULL, null=True, related_name="+")
    contact_id = models.TextField(db_collation="C")
    number = models.CharField(max_length=255, blank=True)
    reference = models.CharField(max_length=255, blank=True)
    date = models.DateField()
    due_date = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    amounts_are = models.CharField(max_length=10, choices=AmountsAre.choices())
    decimals = models.PositiveSmallIntegerField(default=2)
    branding_theme_id = models.TextField(db_collation="C", blank=True)
    approves = models.BooleanField(default=False)
    xero_id = models.TextField(db_collation="C", blank=True)
    read_at_version = models.DateTimeField(null=True)
    created_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-changed_at", "-id"], name="draft_latest"),
            models.Index(fields=["organisation", "contact_id"], name="draft_of_contact"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(decimals__in=[2, 4]), name="draft_two_or_four_decimals")
        ]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class DraftLine(models.Model):
    """
    One line of a draft. What is empty is taken from the mapping of its service when it is sent.

    A line without quantity is only words.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    draft = models.ForeignKey(InvoiceDraft, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveSmallIntegerField()
    service = models.CharField(max_length=100, blank=True)
    item_code = models.CharField(max_length=30, blank=True)
    description = models.CharField(max_length=4000, blank=True)
    quantity = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    unit_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    discount_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    discount_amount = models.DecimalField(max_digits=19, decimal_places=2, null=True)
    account_code = models.CharField(max_length=10, blank=True)
    tax_type = models.CharField(max_length=50, blank=True)
    tax_amount = models.DecimalField(max_digits=19, decimal_places=2, null=True)
    tracking = models.JSONField(default=dict)  # category id: option id
    line_item_id = models.TextField(db_collation="C", blank=True)  # of the line in Xero that this edits

    class Meta:
        ordering = ["draft", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "place"], name="line_once_per_place", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(discount_rate=None) | Q(discount_amount=None), name="line_one_discount"
            ),
        ]
