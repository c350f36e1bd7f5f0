"""How often the help is read, and what people say about it."""

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


class ReadsOfDay(models.Model):
    """How often one page of the help was opened on one day, in the whole installation; never by whom."""

    article = models.CharField(max_length=60)
    day = models.DateField()
    reads = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "day"], name="one_count_a_day")]

    def __str__(self) -> str:
        return f"{self.article}, {self.day}: {self.reads}"
