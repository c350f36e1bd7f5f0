"""Whose data it is, and how it is connected to Xero."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models

from counterfoil.mirror.encryption import EncryptedTextField

# A refresh token that is not used for so long is dead; each use starts the time again.
# Source: Xero developer guide, "Token types".
REFRESH_TOKEN_LIVES = timedelta(days=60)

# How many colours there are to tell organisations apart by; their names always stand beside them.
ORGANISATION_COLOURS = 6


class Workspace(models.Model):
    """One firm that uses Counterfoil; it may be held to a single organisation (T20)."""

    name = models.CharField(max_length=200)
    holds_one_organisation = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """One Xero organisation (tenant) of a workspace; it outlives its connection."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="organisations")
    tenant_id = models.CharField(max_length=36)
    name = models.CharField(max_length=255)
    colour = models.PositiveSmallIntegerField(default=0)  # one of ORGANISATION_COLOURS, for good
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "tenant_id"], name="organisation_once_per_workspace")
        ]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """One consent given in Xero: its tokens, its scopes, and who gave it. Organisations may share one."""

    class Kind(models.TextChoices):
        """How the consent was obtained."""

        CODE = "code", "Web app"
        PKCE = "pkce", "App without a secret"
        CUSTOM = "custom", "Custom connection"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    client_id = models.CharField(max_length=64)
    auth_event_id = models.CharField(max_length=36, blank=True)
    xero_user_id = models.CharField(max_length=36, blank=True)
    email = models.CharField(max_length=255, blank=True)
    person = models.CharField(max_length=255, blank=True)
    asked_scopes = ArrayField(models.CharField(max_length=100), default=list)
    scopes = ArrayField(models.CharField(max_length=100), default=list)
    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    # Renewing fails since then, and why; the permission itself is not lost by that.
    failing_since = models.DateTimeField(null=True)
    failing_because = models.TextField(blank=True)
    is_app_refused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"consent {self.pk}"

    @property
    def ends_at(self) -> datetime | None:
        """When Xero lets the permission end unless it is renewed before; a custom connection has no end."""
        return self.refreshed_at + REFRESH_TOKEN_LIVES if self.refresh_token else None


class XeroApp(models.Model):
    """
    An app that a workspace registered at Xero itself. Its secret and its key are written, never shown.

    A new one takes over as the current app; an older one stays for the grants that were given to it.
    """

    class Permissions(models.TextChoices):
        """Which kind of permissions the app asks for; Xero knows the broad ones until 13 September 2027."""

        GRANULAR = "granular", "Fine-grained permissions"
        BROAD = "broad", "Broad permissions, for an app made before 2 March 2026"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Grant.Kind, default=Grant.Kind.CODE)
    client_id = models.CharField(max_length=64)
    client_secret = EncryptedTextField(blank=True)
    webhook_key = EncryptedTextField(blank=True)
    permissions = models.CharField(max_length=10, choices=Permissions, default=Permissions.GRANULAR)
    is_current = models.BooleanField(default=True)
    saved_by = models.CharField(max_length=255)
    saved_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)  # when Xero last said that id and secret belong together

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "client_id"], name="app_once_per_workspace"),
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(is_current=True), name="one_current_app"
            ),
        ]

    def __str__(self) -> str:
        return f"app {self.pk}"


class Connection(models.Model):
    """A grant at work for an organisation."""

    class State(models.TextChoices):
        """What the connection is good for now."""

        CONNECTED = "connected", "Connected"
        LOST = "lost", "Lost access"

    class Mode(models.TextChoices):
        """What Counterfoil may do in Xero."""

        READ_ONLY = "read_only", "Read-only"
        TWO_WAY = "two_way", "Two-way"

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="connection")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="connections")
    xero_connection_id = models.CharField(max_length=36, blank=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.READ_ONLY)
    writes = ArrayField(models.CharField(max_length=20), default=list)  # what two-way is switched on for
    state = models.CharField(max_length=10, choices=State, default=State.CONNECTED)
    lost_because = models.TextField(blank=True)
    lost_reason = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=40, blank=True)  # in Xero, of the person whose permission it is
    auto_sync = models.BooleanField(default=True)
    # How often changes are asked for: what a person chose, or else what fits Xero's plan.
    chosen_seconds = models.PositiveIntegerField(null=True)
    fitting_seconds = models.PositiveIntegerField(default=3600)
    connected_by = models.CharField(max_length=255)
    connected_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"connection of {self.organisation_id}"

    @property
    def needs_attention(self) -> bool:
        """Say whether a person has to act: access is lost, or Xero refuses the app itself."""
        return self.state == self.State.LOST or self.grant.is_app_refused


class ConnectionEvent(models.Model):
    """What happened to an organisation's connection; it stays when the connection is removed."""

    class Kind(models.TextChoices):
        """What happened."""

        CONNECTED = "connected", "Connected"
        RECONNECTED = "reconnected", "Reconnected"
        TWO_WAY = "two_way", "Made two-way"
        READ_ONLY = "read_only", "Made read-only"
        RENEWAL_FAILING = "renewal_failing", "Renewing fails"
        RENEWED = "renewed", "Renewed again"
        LOST = "lost", "Access lost"
        FOUND_AGAIN = "found_again", "Access is back"
        ROLE_CHANGED = "role_changed", "Role in Xero changed"
        REMOVED = "removed", "Removed"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    what = models.TextField(blank=True)
    who = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="event_latest")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.organisation_id}"
