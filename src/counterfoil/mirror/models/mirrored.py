"""What every mirrored record has, and the column types they are made of."""

from typing import Any

from django.db import models

from counterfoil.mirror.models.tenancy import Organisation, Workspace
from counterfoil.mirror.rawjson import RawJSONField


class Mirrored(models.Model):
    """
    A record that Xero holds: typed columns for what is filtered, summed or shown, and `raw` whole.

    Known by (organisation, Xero's id). Nothing points from one mirrored record to another in the
    database, because they arrive in any order. A record that Xero no longer has keeps its row.
    """

    pk = models.CompositePrimaryKey("organisation_id", "xero_id")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    xero_id = models.TextField(db_collation="C")
    updated_at = models.DateTimeField(null=True)
    raw = RawJSONField()
    digest = models.BinaryField()
    first_seen_at = models.DateTimeField()
    changed_here_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def text(**options: Any) -> "models.TextField[str, str]":
    """Words of Xero's: never null, empty when Xero leaves them out."""
    return models.TextField(**options)


def xero_id() -> "models.TextField[str, str]":
    """The id of another record in the same organisation, or empty; deliberately no foreign key."""
    return models.TextField(db_collation="C")


def money(**options: Any) -> models.DecimalField:  # type: ignore[type-arg]  # generic only in the stubs
    """An amount in the record's currency; four places, because unit prices have them."""
    return models.DecimalField(max_digits=19, decimal_places=4, **options)


def rate() -> models.DecimalField:  # type: ignore[type-arg]  # generic only in the stubs
    """A currency or tax rate: up to 18 digits and 6 places. Source: Xero's OpenAPI, `CurrencyRate`."""
    return models.DecimalField(max_digits=24, decimal_places=10, null=True)
