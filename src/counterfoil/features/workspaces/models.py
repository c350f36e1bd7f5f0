"""People, and the workspaces they belong to."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from counterfoil.features.workspaces.permissions import Permission, Role, is_allowed
from counterfoil.mirror.models import Workspace


class UserManager(BaseUserManager["User"]):
    """Makes people, who are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person who can sign in with this address."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        """Create an operator, who may enter /backstage/."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person, known by their e-mail address."""

    username = None  # type: ignore[assignment]  # Django's own way to drop the field
    email = models.EmailField("e-mail address", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # ours has no username


class Membership(models.Model):
    """What a person may do in a workspace."""

    Role = Role

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "workspace"], name="member_once")]

    @property
    def can_connect(self) -> bool:
        """Say whether this person may connect and remove organisations: Owners and Admins may (K5)."""
        return self.may(Permission.CONNECT)

    @property
    def can(self) -> Mapping[str, bool]:
        """Return what this person may do, by name, for the templates: `membership.can.work`."""
        return {permission.value: self.may(permission) for permission in Permission}

    @property
    def can_work(self) -> bool:
        """Say whether this person may ask for a sync, link, bill and remind."""
        return self.may(Permission.WORK)

    def may(self, permission: Permission) -> bool:
        """Say whether this person's role includes this."""
        return is_allowed(self.role, permission)


class Invitation(models.Model):
    """
    A way into a firm for whoever holds its link, once and for a week.

    Only a digest of the link's secret is kept: who reads the database cannot use it.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    digest = models.CharField(max_length=64)
    was_mailed = models.BooleanField(default=False)
    invited_by = models.CharField(max_length=255)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("email"), condition=models.Q(accepted_at=None), name="one_open_invitation"
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class AuditEntry(models.Model):
    """One thing that somebody did in a workspace: kept when what it was done to is gone (K2)."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    # The number stays when the person goes, as their name does.
    who = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    who_name = models.CharField(max_length=255)
    act = models.CharField(max_length=40)
    what = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="audit_latest")]

    def __str__(self) -> str:
        return f"{self.act} by {self.who_name}"
