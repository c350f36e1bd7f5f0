"""What people say about the help."""

from django.conf import settings
from django.db import models

from counterfoil.mirror.models import Workspace


class HelpAnswer(models.Model):
    """One person's latest answer about one page of the help."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    article = models.CharField(max_length=60)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    helped = models.BooleanField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "article", "who"], name="one_answer_each")
        ]

    def __str__(self) -> str:
        return f"{self.article}: {'yes' if self.helped else 'no'}"
