"""
A person's own views and columns of a list.

They belong to the person within one firm. An address may name a contact by Xero's id, as links do; so
it outlives a removed connection and works again when the organisation is reconnected (K2).
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from counterfoil.mirror.models import Workspace


class OfPerson(models.Model):
    """What one person keeps of one list."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)

    class Meta:
        abstract = True


class SavedView(OfPerson):
    """A list as somebody filtered and sorted it, under a name; the query is that of the list's address."""

    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "person", "page", "name"],
                name="saved_view_named_once",
                violation_error_message="You have a view with this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ChosenColumns(OfPerson):
    """Which columns of a list somebody wants to see."""

    columns = ArrayField(models.CharField(max_length=40))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "person", "page"], name="columns_chosen_once")
        ]
