"""Which role of the database reads which firm."""

from django.db import models

from counterfoil.mirror.models import Workspace


class Reader(models.Model):
    """A role of the server that reads one firm's rows through the views. Its password is not kept."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    role_name = models.CharField(max_length=63, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.role_name
