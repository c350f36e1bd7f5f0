"""Who sends for an organisation, by which provider, and up to which limits."""

from django.db import models
from django.db.models import Q

from counterfoil.features.clients.models import OfXero
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
    is_registered = models.BooleanField(default=False)
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
    is_all_paused = models.BooleanField(default=False)
    paused_by = models.CharField(max_length=255, blank=True)
    paused_at = models.DateTimeField(null=True)
    token = models.UUIDField(unique=True)  # in the addresses at which the provider speaks to us
    saved_by = models.CharField(max_length=255, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
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
