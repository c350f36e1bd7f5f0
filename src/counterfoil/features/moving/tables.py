"""
Which tables go along when a firm moves, and how each of their columns does.

Every table with a firm's rows goes, but for those named here; a test holds both together. Secrets never
do: the columns that are encrypted stay, and so does whatever opens a door.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import models

from counterfoil.mirror.encryption import EncryptedTextField

LEFT_OUT: Mapping[str, str] = {
    "moving_takeout": "exports of the firm that wait to be fetched",
    "moving_takeoutpiece": "exports of the firm that wait to be fetched",
    "mirror_grant": "the permission to enter Xero; it is given anew",
    "mirror_xeroapp": "secrets of the app at Xero",
    "mirror_connection": "the connection is made anew",
    "mirror_cursor": "after connecting, everything is read once more and compared",
    "mirror_gatebudget": "what is left of Xero’s limits now",
    "mirror_notice": "what was told by webhook and is not read yet; all is read anew",
    "access_apitoken": "tokens",
    "access_keptanswer": "what tokens were answered",
    "announcing_subscription": "secrets, and addresses that must not be told twice",
    "announcing_event": "of subscriptions",
    "announcing_posting": "of subscriptions",
    "publishing_reader": "roles of this database",
    "reminding_paylink": "asked for at Xero once it is connected again",
    "reminding_reach": "worked out of the contacts, with this installation’s key",
    "reminding_wayout": "links in messages, which lead to the installation that sent them",
    "spending_costtally": "the database adds it up as costs arrive",
    "spending_monthsum": "the database adds it up as costs arrive",
    "webhooks_selftest": "about this installation’s address",
    "workspaces_invitation": "links that open the firm",
}

# What is made anew on arrival, because it must be unlike any other or opens something.
_NEW_UUID = {("reminding_message", "token"), ("reminding_senderchoices", "token")}
_NEW_KEY = {("mirror_attempt", "key")}

# Digests that only the installation's own key can make, and the column with that of which they are.
KEYED: Mapping[str, str] = {"reminding_message": "address", "reminding_reply": "address"}
LEDGER = "reminding_ledgerentry"


class Way(Enum):
    """How a column goes along."""

    AS_IT_IS = "as it is"
    OWN_NUMBER = "a new number"
    REFERENCE = "the new number of what it points to"
    PERSON = "the person of the same e-mail address"
    WORKSPACE = "the firm that it arrives in"
    SECRET = "empty"  # noqa: S105 - what becomes of one
    NEW_UUID = "another one"
    NEW_KEY = "another key"


@dataclass(frozen=True)
class Column:
    """A column, how it goes along, the table that it points to; `is_native` is a number or a yes or no."""

    name: str
    way: Way
    target: str = ""
    is_native: bool = False
    is_optional: bool = False


@dataclass(frozen=True)
class Table:
    """A table that goes along. Its rows are numbered, or known by their organisation and Xero's id."""

    name: str
    model: type[models.Model]
    columns: tuple[Column, ...]

    @property
    def is_numbered(self) -> bool:
        """Say whether each row has a number of its own."""
        return any(column.way is Way.OWN_NUMBER for column in self.columns)

    @property
    def written(self) -> tuple[Column, ...]:
        """The columns that the export holds."""
        kept = (Way.AS_IT_IS, Way.OWN_NUMBER, Way.REFERENCE, Way.PERSON)
        return tuple(column for column in self.columns if column.way in kept)


@cache
def list_tables() -> tuple[Table, ...]:
    """Return the tables that go along, by name."""
    found = [_describe(model) for model in apps.get_models() if is_of_firm(model)]
    return tuple(sorted((one for one in found if one.name not in LEFT_OUT), key=lambda one: one.name))


def is_of_firm(model: type[models.Model]) -> bool:
    """Say whether the table's rows belong to a firm."""
    return any(field.attname == "workspace_id" for field in model._meta.concrete_fields)


def _describe(model: type[models.Model]) -> Table:
    table = model._meta.db_table
    fields = [field for field in model._meta.concrete_fields if not field.generated and field.column]
    return Table(table, model, tuple(_describe_column(table, field) for field in fields))


def _describe_column(table: str, field: "models.Field[object, object]") -> Column:
    name, target = str(field.column), ""
    if name == "workspace_id":
        way = Way.WORKSPACE
    elif isinstance(field, EncryptedTextField):
        way = Way.SECRET
    elif (table, name) in _NEW_UUID:
        way = Way.NEW_UUID
    elif (table, name) in _NEW_KEY:
        way = Way.NEW_KEY
    elif isinstance(field, models.ForeignKey):
        target = field.related_model._meta.db_table
        way = Way.PERSON if field.related_model._meta.label == settings.AUTH_USER_MODEL else Way.REFERENCE
    elif isinstance(field, models.AutoField):
        way, target = Way.OWN_NUMBER, table
    else:
        way = Way.AS_IT_IS
    is_native = isinstance(field, models.IntegerField | models.BooleanField | models.ForeignKey)
    return Column(name, way, target, is_native, field.null)
