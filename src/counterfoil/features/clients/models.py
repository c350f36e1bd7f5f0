"""
Our own records beside Xero's: clients, people, deals, and what ties them to contacts and documents.

What points into Xero does so by organisation and Xero's id, without a foreign key: it outlives a
removed connection, and finds its records again when the organisation is reconnected (K2).
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from counterfoil.domain.matching import Proof
from counterfoil.domain.ownership import ADDRESS_PARTS
from counterfoil.mirror.models import Organisation, Workspace
from counterfoil.mirror.models.searchable import name_grams, search_key

_PERSON = settings.AUTH_USER_MODEL


class OfWorkspace(models.Model):
    """What belongs to one firm."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class Reachable(models.Model):
    """Whom one can write to and call. Each field is as wide as Xero's, so that none is cut on its way."""

    name = models.CharField(max_length=255)
    email = models.EmailField(max_length=255, blank=True)
    phone = models.CharField(max_length=100, blank=True)
    direct_phone = models.CharField(max_length=100, blank=True)
    mobile_phone = models.CharField(max_length=100, blank=True)
    fax = models.CharField(max_length=100, blank=True)

    class Meta:
        abstract = True


class Client(OfWorkspace, Reachable):
    """Someone the firm works for. A number is unique, and is what Xero calls ContactNumber."""

    number = models.CharField(max_length=50, blank=True)
    owner = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    search_key = search_key("name", "number", "email")
    name_grams = name_grams()

    class Meta:
        indexes = [models.Index(fields=["workspace", "name", "id"], name="client_by_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "number"],
                condition=~Q(number=""),
                name="client_number_once",
                violation_error_message="Another client has this number already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Address(OfWorkspace):
    """One of a client's two addresses, in the parts that Xero keeps."""

    class Kind(models.TextChoices):
        """Which of the two; Xero calls them STREET and POBOX."""

        STREET = "street", "Street address"
        POSTAL = "postal", "Postal address"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=6, choices=Kind)
    attention_to = models.CharField(max_length=255, blank=True)
    line_1 = models.CharField(max_length=500, blank=True)
    line_2 = models.CharField(max_length=500, blank=True)
    line_3 = models.CharField(max_length=500, blank=True)
    line_4 = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=255, blank=True)
    region = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=50, blank=True)
    country = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "kind"], name="address_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.client_id}"

    @property
    def parts(self) -> list[str]:
        """What is filled in, line by line."""
        return [text for part in ADDRESS_PARTS if (text := getattr(self, part))]


class Person(OfWorkspace, Reachable):
    """Someone to speak to at a client."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="people")
    position = models.CharField(max_length=100, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    search_key = search_key("name", "email", "position")
    name_grams = name_grams()

    class Meta:
        indexes = [models.Index(fields=["workspace", "name", "id"], name="person_by_name")]

    def __str__(self) -> str:
        return self.name


class Deal(OfWorkspace):
    """A piece of work for a client, which gathers the invoices raised for it."""

    class Stage(models.TextChoices):
        """Where the work stands."""

        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="deals")
    name = models.CharField(max_length=255)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.OPEN)
    value = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    closes_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    search_key = search_key("name")
    name_grams = name_grams()

    class Meta:
        indexes = [models.Index(fields=["workspace", "name", "id"], name="deal_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(value=None) | ~Q(currency=""),
                name="deal_value_has_currency",
                violation_error_message="Say in which currency the value is.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class OfXero(OfWorkspace):
    """What points to a record in one organisation by Xero's id."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class Link(OfXero):
    """This contact in Xero is this client: proven by what, made by whom. A contact has one at most."""

    class How(models.TextChoices):
        """What proved it; the words are shown to people."""

        BY_HAND = Proof.BY_HAND.value, "by hand"
        CONTACT_NUMBER = Proof.CONTACT_NUMBER.value, "by contact number"
        NAME_AND_EMAIL = Proof.NAME_AND_EMAIL.value, "by name and e-mail address"
        MADE_FROM_CONTACT = Proof.MADE_FROM_CONTACT.value, "made from the contact"
        MERGED = Proof.MERGED.value, "merged in Xero"
        IMPORTED = Proof.IMPORTED.value, "by import"

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="links")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="links")
    contact_id = models.TextField(db_collation="C")
    proof = models.CharField(max_length=30, choices=How)
    made_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "contact_id"], name="contact_linked_once")
        ]


class Skip(OfXero):
    """A person said that this contact is no client: it is asked about no more until they take it back."""

    contact_id = models.TextField(db_collation="C")
    made_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "contact_id"], name="contact_skipped_once")
        ]


class Decision(OfXero):
    """One answer in the unmatched queue, kept so that it can be explained and taken back. Append-only."""

    class Act(models.TextChoices):
        """What was decided about the contact."""

        LINKED = "linked", "Linked"
        CREATED = "created", "New client"
        SKIPPED = "skipped", "Skipped"
        UNLINKED = "unlinked", "Unlinked"

    contact_id = models.TextField(db_collation="C")
    act = models.CharField(max_length=10, choices=Act)
    client = models.ForeignKey(Client, on_delete=models.SET_NULL, null=True, related_name="+")
    proof = models.CharField(max_length=30, blank=True)
    made_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "made_by", "-id"], name="decision_latest")]


class OfDocument(OfXero):
    """What points to an invoice, a bill or a credit note."""

    class Kind(models.TextChoices):
        """Which kind of document."""

        INVOICE = "invoice", "Invoice or bill"
        CREDIT_NOTE = "credit_note", "Credit note"

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INVOICE)
    document_id = models.TextField(db_collation="C")
    made_by = models.ForeignKey(_PERSON, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        abstract = True


class Pin(OfDocument):
    """A bookmark on a document, seen by the whole firm (F6, F20)."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "document_id"], name="document_pinned_once"
            )
        ]


class DealDocument(OfDocument):
    """A document that was raised for a deal."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "organisation", "kind", "document_id"], name="document_once_per_deal"
            )
        ]
