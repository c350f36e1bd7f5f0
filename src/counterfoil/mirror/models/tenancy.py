"""Whose data it is, and how it is connected to Xero."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from counterfoil.mirror.encryption import EncryptedTextField


class Workspace(models.Model):
    """One firm that uses Counterfoil."""

    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """One Xero organisation (tenant) of a workspace; it outlives its connection."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="organisations")
    tenant_id = models.CharField(max_length=36)
    name = models.CharField(max_length=255)
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
    scopes = ArrayField(models.CharField(max_length=100), default=list)
    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"consent {self.pk}"


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
    state = models.CharField(max_length=10, choices=State, default=State.CONNECTED)
    lost_because = models.TextField(blank=True)
    auto_sync = models.BooleanField(default=True)
    connected_by = models.CharField(max_length=255)
    connected_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"connection of {self.organisation_id}"
