"""The tokens of programs, and what was answered to what they posted."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Workspace


class ApiToken(models.Model):
    """
    What lets a program act for a person of the firm, and no further than both may.

    Only a digest is kept: who reads the database cannot use it. It ends with its person's membership.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)  # by which people tell one from another
    scopes = ArrayField(models.CharField(max_length=20))
    # The organisations that it is held to; null is every one, and the firm's own records.
    organisation_ids = ArrayField(models.BigIntegerField(), null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    # How often it asked in the minute that began then.
    minute_from = models.DateTimeField(null=True)
    minute_calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"token {self.pk}"


class KeptAnswer(models.Model):
    """
    What was answered to something posted under a key of the program's own, so that it is done once.

    Written in the transaction of what was done: there is no act without its answer, nor the reverse.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # of what was posted, and where to
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="answered_once")]

    def __str__(self) -> str:
        return f"answer {self.pk}"
