"""Who can be reached, who wants no messages, who is held back, and by which rules of countries."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from counterfoil.domain.reminders.guard import Hold
from counterfoil.features.clients.models import Client, OfWorkspace, OfXero
from counterfoil.features.reminding.models.campaigns import Channel
from counterfoil.features.reminding.models.messages import Reply
from counterfoil.mirror.encryption import EncryptedTextField

_HOLDS = [
    (Hold.PAID.value, "Says that it is paid"),
    (Hold.PROMISED.value, "Promised to pay"),
    (Hold.DISPUTED.value, "Disputes it"),
    (Hold.PLAN.value, "Pays by a plan"),
    (Hold.VULNERABLE.value, "Needs care"),
    (Hold.BY_HAND.value, "Held back by hand"),
]


class Reach(OfXero):
    """
    How a contact can be reached: made from the contact, renewed with it, and gone with it.

    `source` is the digest of the contact that it was made from, and the country that numbers were read with.
    """

    contact_id = models.TextField(db_collation="C")
    source = models.BinaryField()
    number = models.CharField(max_length=20, blank=True)
    region = models.CharField(max_length=2, blank=True)
    zones = ArrayField(models.CharField(max_length=40), default=list)
    number_digest = models.BinaryField(null=True)
    number_problem = models.TextField(blank=True)
    email = models.TextField(blank=True)
    email_digest = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "number_digest"], name="reach_by_number"),
            models.Index(fields=["organisation", "email_digest"], name="reach_by_email"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "contact_id"], name="reach_of_contact")
        ]


class ContactChoice(OfXero):
    """What people here chose for a contact: the language that it is written to in, or no reminders at all."""

    contact_id = models.TextField(db_collation="C")
    language = models.CharField(max_length=20, blank=True)
    is_excluded = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "contact_id"], name="contact_chosen_for_once")
        ]


class Held(OfXero):
    """
    Reminders that are held back: for one invoice, or for everything of a contact when none is named.

    It ends by itself after `until`, or when somebody ends it. Ids alone: it outlives a removed connection.
    """

    contact_id = models.TextField(db_collation="C")
    invoice_id = models.TextField(db_collation="C", blank=True)
    hold = models.CharField(max_length=10, choices=_HOLDS)
    until = models.DateField(null=True, blank=True)
    reply = models.ForeignKey(Reply, on_delete=models.SET_NULL, null=True, related_name="holds")
    made_by = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    ended_by = models.CharField(max_length=255, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "contact_id"], condition=Q(ended_at=None), name="held_now")
        ]


class HeldClient(OfWorkspace):
    """
    Reminders that are held back for a whole client: every contact in Xero that it is, now or later.

    It ends by itself after `until`, or when somebody ends it.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    hold = models.CharField(max_length=10, choices=_HOLDS)
    until = models.DateField(null=True, blank=True)
    made_by = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    ended_by = models.CharField(max_length=255, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "client"], condition=Q(ended_at=None), name="client_held_now")
        ]


class LedgerKey(models.Model):
    """
    The installation's key for digests of numbers and addresses: one, for good.

    It lies in the database, encrypted, so that all machines have the same, and a new signing or encryption
    key does not make the wishes of thousands unreadable.
    """

    is_only = models.BooleanField(default=True, unique=True)
    secret = EncryptedTextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(is_only=True), name="one_ledger_key")]


class LedgerEntry(OfWorkspace):
    """
    Who wants messages and who does not, by a keyed digest of the number or address. Append-only.

    `sender` is the tenant that may or may not write, empty for the whole firm. Nothing points to an
    organisation, so that the wish holds when everything else is removed and forgotten (K25).
    """

    class Act(models.TextChoices):
        """What was said."""

        STOPPED = "stopped", "Wants no messages"
        STARTED = "started", "Wants messages again"
        MISREAD = "misread", "Was no wish to stop"
        CONSENTED = "consented", "Consented"
        WITHDRAWN = "withdrawn", "Withdrew the consent"

    class Basis(models.TextChoices):
        """On what a consent rests."""

        NONE = "", "—"
        CONTRACT = "contract", "A contract"
        EXPRESS = "express", "Said so"
        OTHER = "other", "Another ground"

    class Source(models.TextChoices):
        """How it became known."""

        REPLY = "reply", "A reply"
        LINK = "link", "The link in a message"
        PROVIDER = "provider", "The provider"
        IMPORT = "import", "A file"
        PERSON = "person", "Noted by a person here"

    sender = models.CharField(max_length=36, blank=True)
    channel = models.CharField(max_length=5, choices=Channel)
    digest = models.BinaryField()
    act = models.CharField(max_length=10, choices=Act)
    is_certain = models.BooleanField(default=True)
    basis = models.CharField(max_length=10, choices=Basis, blank=True)
    source = models.CharField(max_length=10, choices=Source)
    shown = models.TextField(blank=True)  # the words to which somebody said yes
    note = models.CharField(max_length=255, blank=True)  # how somebody here knows
    who = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()  # when it was said, which may be before it was noted

    class Meta:
        indexes = [models.Index(fields=["workspace", "digest", "-id"], name="ledger_of_person")]


class WayOut(OfWorkspace):
    """
    A link by which somebody who cannot answer ends the messages of a sender with one press.

    Its code is made from the digest with the ledger's key, so nobody can guess one. Like the ledger it hangs
    on nothing that can be removed: the link in an old text still works.
    """

    code = models.CharField(max_length=16, unique=True)
    sender = models.CharField(max_length=36)
    channel = models.CharField(max_length=5, choices=Channel)
    digest = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"way out {self.pk}"


class PackEdit(OfWorkspace):
    """A firm's own version of a country's rules, and who has reviewed it; only what differs is kept."""

    country = models.CharField(max_length=2, blank=True)
    changes = models.JSONField(default=dict)
    source = models.CharField(max_length=255, blank=True)
    reviewed_by = models.CharField(max_length=255, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_as_of = models.DateField(null=True)  # the date of our rules when they were reviewed

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "country"], name="pack_once")]

    def __str__(self) -> str:
        return f"rules of {self.country or 'other countries'}"


class PackEvent(OfWorkspace):
    """What somebody did with the rules of a country: each difference in words, before and after."""

    class Act(models.TextChoices):
        """What was done."""

        CHANGED = "changed", "Changed"
        REVIEWED = "reviewed", "Reviewed"
        RESET = "reset", "Took ours again"

    country = models.CharField(max_length=2, blank=True)
    act = models.CharField(max_length=10, choices=Act)
    differences = models.JSONField(default=list)
    source = models.CharField(max_length=255, blank=True)
    who = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "country", "-id"], name="pack_history")]

    def __str__(self) -> str:
        return f"{self.act} {self.country}"
