"""Who sends for an organisation, by which provider, and up to which limits."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from counterfoil.features.clients.models import OfXero
from counterfoil.features.reminding.models.campaigns import Channel
from counterfoil.mirror.encryption import EncryptedTextField
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.models.mirrored import money


class SenderChoices(OfXero):
    """
    An organisation's own sender: each has its own, or carriers take the firm for a debt collector.

    Secrets are written and never shown. Without a row nothing leaves: messages go to the outbox that shows.
    """

    class Provider(models.TextChoices):
        """Who carries the messages."""

        SHOWN = "shown", "Nobody: messages are only shown"
        TWILIO = "twilio", "Twilio"
        VONAGE = "vonage", "Vonage"
        GATEWAY = "gateway", "An Android phone"

    class Security(models.TextChoices):
        """How the mail server is spoken to."""

        STARTTLS = "starttls", "STARTTLS"
        TLS = "tls", "TLS"
        NONE = "none", "Not encrypted"

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=10, choices=Provider, default=Provider.SHOWN)
    address = models.CharField(max_length=255, blank=True)  # of the gateway
    account = models.CharField(max_length=100, blank=True)
    secret = EncryptedTextField(blank=True)
    sender = models.CharField(max_length=40, blank=True)  # a number, or a name of up to eleven letters
    registered_in = ArrayField(models.CharField(max_length=2), default=list, blank=True)  # its name
    is_one_way = models.BooleanField(default=False)  # nobody can answer the number; a name never takes any
    answers = models.BooleanField(default=True)  # STOP, START and HELP are answered, each once
    help_words = models.CharField(max_length=300, blank=True)
    opens = models.TimeField(null=True, blank=True)  # within the hours of the reader's country
    closes = models.TimeField(null=True, blank=True)
    a_day = models.PositiveSmallIntegerField(null=True, blank=True)  # for one person, if less than there
    a_week = models.PositiveSmallIntegerField(null=True, blank=True)
    a_month = models.PositiveSmallIntegerField(null=True, blank=True)
    texts_kept_months = models.PositiveSmallIntegerField(null=True, blank=True)
    tries_phone = models.BooleanField(default=True)  # where Xero's Mobile field has no number for texts
    tries_direct = models.BooleanField(default=True)
    price = money(null=True, blank=True)  # of one part
    currency = models.CharField(max_length=3, blank=True)
    business = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    daily_limit = models.PositiveIntegerField(null=True, blank=True)
    monthly_limit = money(null=True, blank=True)
    both_channels = models.BooleanField(default=False)
    mail_host = models.CharField(max_length=255, blank=True)
    mail_port = models.PositiveIntegerField(default=587)
    mail_security = models.CharField(max_length=10, choices=Security, default=Security.STARTTLS)
    mail_account = models.CharField(max_length=255, blank=True)
    mail_secret = EncryptedTextField(blank=True)
    mail_from = models.CharField(max_length=255, blank=True)
    reply_to = models.EmailField(blank=True)
    is_all_paused = models.BooleanField(default=False)
    paused_by = models.CharField(max_length=255, blank=True)
    paused_at = models.DateTimeField(null=True)
    token = models.UUIDField(unique=True)  # in the addresses at which the provider speaks to us
    saved_by = models.CharField(max_length=255, blank=True)
    saved_at = models.DateTimeField()
    # Whether the provider knew the account when it was asked last; None: since it was changed nobody has.
    is_proven = models.BooleanField(null=True)
    proof = models.CharField(max_length=400, blank=True)  # in the provider's words and ours
    proven_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(opens__lt=F("closes")),
                name="sender_hours_in_order",
                violation_error_message="Say from when to when: the first has to be the earlier.",
            ),
            models.CheckConstraint(
                condition=Q(monthly_limit=None) | Q(price__isnull=False),
                name="limit_needs_price",
                violation_error_message="Say what a part costs: the month’s limit is counted by it.",
            ),
            models.CheckConstraint(
                condition=Q(price=None) | ~Q(currency=""),
                name="price_has_currency",
                violation_error_message="Say in which currency the price is.",
            ),
        ]

    def __str__(self) -> str:
        return f"sender of {self.organisation_id}"

    @property
    def sends_by_name(self) -> bool:
        """Say whether texts come from a name instead of a number."""
        return bool(self.sender) and not self.sender.startswith(("+", _MESSAGING_SERVICE))

    @property
    def takes_replies(self) -> bool:
        """Say whether a customer can answer a text."""
        return not (self.is_one_way or self.sends_by_name)

    def hears(self, channel: str) -> bool:
        """Say whether an answer comes in here: one to an e-mail goes to a person's mailbox."""
        return channel == Channel.TEXT and self.takes_replies


# How Twilio calls a pool of numbers.
_MESSAGING_SERVICE = "MG"
