"""
What erasing a person leaves as it is, and why; a test holds this against every table of the database.

Whatever text of the firm is not named here loses the person's addresses, numbers and full names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from counterfoil.features.moving.tables import is_of_firm
from counterfoil.mirror.encryption import EncryptedTextField
from counterfoil.mirror.models import Mirrored
from counterfoil.mirror.rawjson import RawJSONField

COPY = (
    "A copy of your books in Xero. Tax law has you keep accounting records for years, and the original is"
    " in Xero: change or archive the contact there, and the next sync brings that here."
)
BOOKS = (
    "What clients were billed, for what work and at which price: accounting records that the law has you"
    " keep."
)
WORDING = (
    "Words that go out to clients, or say where money belongs. Nothing changes them unasked; change them"
    " where they are written, if they name the person."
)
OWN = "Who works with this installation and who did what in it: kept to account for it."
SHORT = "Deleted by itself after some days."
UNREADABLE = "Kept as a digest or encrypted: nobody reads a name in it."

KEPT: Mapping[str, str] = {
    # what comes from Xero with each sync, and what is worked out of it
    "mirror_quarantined": COPY,
    "mirror_report": COPY,
    "mirror_reportedmonth": COPY,
    "mirror_resyncrecord": COPY,
    "reminding_reach": COPY,
    "reports_outlook": COPY,
    "spending_line": COPY,
    "recharging_source": COPY,
    # books of account
    "billing_agreementline": BOOKS,
    "billing_agreement.name": BOOKS,
    "billing_agreement.po_number": BOOKS,
    "billing_billingrun": BOOKS,
    "billing_expense": BOOKS,
    "billing_timeentry": BOOKS,
    "billing_unitcount": BOOKS,
    "invoicing_draftline": BOOKS,
    "invoicing_invoicedraft": BOOKS,
    "mirror_operationfile": BOOKS,
    # what others are told, and what decides over money
    "billing_rate": WORDING,
    "billing_ratecard": WORDING,
    "billing_service": WORDING,
    "invoicing_mapping": WORDING,
    "recharging_terms": WORDING,
    "reminding_campaign": WORDING,
    "reminding_packedit": WORDING,
    "reminding_senderchoices": WORDING,
    "reminding_wording": WORDING,
    "spending_rule": WORDING,
    # the firm, its people and its programs
    "access_apitoken": OWN,
    "announcing_subscription": OWN,
    "mirror_connection": OWN,
    "mirror_connectionevent": OWN,
    "mirror_grant": OWN,
    "mirror_organisation": OWN,
    "mirror_workspace": OWN,
    "mirror_xeroapp": OWN,
    "publishing_reader": OWN,
    "workspaces_auditentry.who_name": OWN,
    "workspaces_user": OWN,
    "account_emailaddress": OWN,
    "django_admin_log": OWN,
    "socialaccount_socialaccount": OWN,
    "django_session": SHORT,
    "mirror_delivery": SHORT,
    "usersessions_usersession": SHORT,
}

# Numbers, codes and names of columns: nobody writes words there.
_NO_WORDS = ("_id", "_key")
_NO_WORDS_AT_ALL = frozenset(
    {"stream", "currency", "digest", "code", "country", "language", "channel", "sender"}
)


@dataclass(frozen=True)
class Place:
    """A column of the firm in which words stand: how it is written, and how many letters fit."""

    table: str
    column: str
    kind: str
    fits: int | None = None


@cache
def list_places() -> tuple[Place, ...]:
    """Return every column of the firm's tables that may name somebody and is not kept as it is."""
    models_of_firm = [model for model in apps.get_models() if is_of_firm(model)]
    return tuple(place for model in models_of_firm if not is_kept(model) for place in _list_places_of(model))


def is_kept(model: type[models.Model]) -> bool:
    """Say whether a whole table stays as it is."""
    return issubclass(model, Mirrored) or model._meta.db_table in KEPT


def find_reason(table: str) -> str:
    """Return why a table stays as it is, or nothing where it does not."""
    model = next((one for one in apps.get_models() if one._meta.db_table == table), None)
    is_copy = model is not None and issubclass(model, Mirrored)
    return COPY if is_copy else KEPT.get(table, "")


def _list_places_of(model: type[models.Model]) -> Iterator[Place]:
    table = model._meta.db_table
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if field.generated or not field.column or f"{table}.{column}" in KEPT or _is_code(field, column):
            continue
        match field:
            case models.JSONField():
                yield Place(table, column, "jsonb")
            case RawJSONField():
                yield Place(table, column, "json")
            case ArrayField() if isinstance(field.base_field, models.CharField | models.TextField):
                yield Place(table, column, "array")
            case models.CharField() | models.TextField():
                yield Place(table, column, "text", field.max_length)


def _is_code(field: "models.Field[object, object]", column: str) -> bool:
    is_number = field.is_relation or isinstance(field, EncryptedTextField)
    return bool(is_number or field.choices or column in _NO_WORDS_AT_ALL or column.endswith(_NO_WORDS))
