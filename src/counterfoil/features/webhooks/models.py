"""What is kept about the feed itself: since when a key is known, what was refused, and the last self-test."""

from django.db import models

from counterfoil.mirror.models import Workspace


class KnownKey(models.Model):
    """
    Since when the key of an app is known, by its digest; another key begins anew.

    It belongs to no workspace, as the deliveries: `firm_id` is the workspace that saved the app, and
    None for the installation's app.
    """

    client_id = models.CharField(max_length=64)
    firm_id = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client_id", "firm_id"], name="known_key_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"key of {self.client_id}"


class Refusal(models.Model):
    """How many posts with a wrong signature came in one hour; nothing of what they held is kept."""

    hour = models.DateTimeField(unique=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.count} refused"


class SelfTest(models.Model):
    """The last test that a workspace made of its webhook address, and what each check found."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="+")
    asked_by = models.CharField(max_length=255)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    checks = models.JSONField(default=list)

    @property
    def has_passed(self) -> bool:
        """Say whether no check failed."""
        return bool(self.checks) and all(check["outcome"] != "failed" for check in self.checks)

    def __str__(self) -> str:
        return f"self-test of {self.asked_at}"
