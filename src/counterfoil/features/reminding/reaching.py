"""How contacts can be reached: read from Xero's contacts, kept beside them, renewed when they change."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection

from counterfoil.domain.reminders.numbers import Mobile, Phone, UnusableNumber, pick_mobile
from counterfoil.domain.sameness import PhoneParts, join_phone
from counterfoil.features.reminding.ledger import get_ledger_key, make_digest
from counterfoil.features.reminding.models import Reach, SenderChoices
from counterfoil.mirror.models import Organisation, OrganisationProfile

# The order in which a contact's numbers are tried: a mobile stands in its own field, and often in another,
# which the organisation may choose not to look in.
_FIELDS = {"MOBILE": "Mobile", "DEFAULT": "Phone", "DDI": "Direct"}
_CHOSEN = {"DEFAULT": "tries_phone", "DDI": "tries_direct"}

_CHUNK = 5000
_TAIL = 8  # digits

# Also contacts that nobody may write to: a reply from one is still theirs. A difference of two sets takes as
# long however little the database knows of the tables yet; a join went through one of them for each row of
# the other when both were new.
_STALE = """
    select contact.xero_id collate "C", contact.digest || %(read_by)s::bytea
    from mirror_contact contact
    where contact.organisation_id = %(organisation)s
      and (%(contacts)s::text[] is null or contact.xero_id = any(%(contacts)s::text[]))
    except
    select reach.contact_id collate "C", reach.source
    from reminding_reach reach
    where reach.organisation_id = %(organisation)s
      and (%(contacts)s::text[] is null or reach.contact_id = any(%(contacts)s::text[]))
"""
_CONTACTS = """
    select contact.xero_id, contact.digest, contact.email, contact.raw::text
    from mirror_contact contact
    where contact.organisation_id = %(organisation)s and contact.xero_id = any(%(contacts)s::text[])
"""


class _Phones(msgspec.Struct):
    phones: list[dict[str, Any]] | None = msgspec.field(name="Phones", default=None)


_read = msgspec.json.Decoder(_Phones).decode


def find_region(organisation: Organisation) -> str:
    """Return the organisation's country, by which numbers without a country's code are read."""
    profiles = OrganisationProfile.objects.filter(organisation=organisation)
    return "".join(profiles.values_list("country_code", flat=True)[:1])


def renew_reach(
    organisation: Organisation, *, now: datetime, contact_ids: Collection[str] | None = None
) -> int:
    """
    Read again how those contacts can be reached that changed since, and return how many.

    One query when nothing changed.
    """
    key, reading = get_ledger_key(now=now), _find_reading(organisation)
    count = 0
    for rows in _list_stale(organisation, reading, contact_ids):
        reaches = [_describe(organisation, row, key=key, reading=reading) for row in rows]
        Reach.objects.bulk_create(
            reaches,
            update_conflicts=True,
            unique_fields=["organisation", "contact_id"],
            update_fields=[
                *("source", "number", "region", "zones", "number_digest", "number_problem"),
                *("email", "email_digest"),
            ],
            batch_size=_CHUNK,
        )
        count += len(reaches)
    return count


@dataclass(frozen=True, slots=True)
class _Reading:
    """How numbers are read: by which country, and in which of Xero's fields they are looked for."""

    region: str
    kinds: Collection[str]

    @property
    def mark(self) -> bytes:
        """Tell it from others: what was read otherwise is read again."""
        left_out = (kind for kind in _FIELDS if kind not in self.kinds)
        return "-".join((self.region, *left_out)).encode()


def _find_reading(organisation: Organisation) -> _Reading:
    chosen = SenderChoices.objects.filter(organisation=organisation).values(*_CHOSEN.values()).first() or {}
    kinds = [kind for kind in _FIELDS if chosen.get(_CHOSEN.get(kind, ""), True)]
    return _Reading(find_region(organisation), kinds)


def is_of_a_customer(workspace_id: int, address: str) -> bool:
    """
    Say whether any contact of the firm has this number, in its international form, or this e-mail address.

    All that Xero holds of a contact is looked at, not only what messages would go to. Numbers are one when
    their last digits are: who writes one without a country's code means the same.
    """
    tail = "" if "@" in address else _digits(address)[-_TAIL:]
    with connection.cursor() as cursor:
        cursor.execute("select raw::text from mirror_contact where workspace_id = %s", [workspace_id])
        while rows := cursor.fetchmany(_CHUNK):
            if any(_has(raw, address, tail) for (raw,) in rows):
                return True
    return False


def _has(raw: str, address: str, tail: str) -> bool:
    if not tail:
        return address.casefold() in raw.casefold()
    phones = (phone for phone in _read(raw).phones or [])
    return any(_digits(_join(phone)).endswith(tail) for phone in phones)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _list_stale(
    organisation: Organisation, reading: _Reading, contact_ids: Collection[str] | None
) -> Iterator[list[Any]]:
    wanted = {
        "organisation": organisation.pk,
        "contacts": None if contact_ids is None else list(contact_ids),
        "read_by": reading.mark,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STALE, wanted)
        stale = [contact_id for contact_id, _ in cursor.fetchall()]
        for start in range(0, len(stale), _CHUNK):
            chunk = stale[start : start + _CHUNK]
            cursor.execute(_CONTACTS, {"organisation": organisation.pk, "contacts": chunk})
            yield cursor.fetchall()


def _describe(organisation: Organisation, row: Any, *, key: bytes, reading: _Reading) -> Reach:
    contact_id, digest, email, raw = row
    problem, mobile = "", Mobile("", "", ())
    try:
        mobile = pick_mobile(_list_phones(raw, reading.kinds), region=reading.region)
    except UnusableNumber as unusable:
        problem = str(unusable)
    address = email.strip() if _is_address(email.strip()) else ""
    return Reach(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        contact_id=contact_id,
        source=bytes(digest) + reading.mark,
        number=mobile.number,
        region=mobile.region,
        zones=list(mobile.zones),
        number_digest=make_digest(key, mobile.number) if mobile.number else None,
        number_problem=problem,
        email=address,
        email_digest=make_digest(key, address) if address else None,
    )


def _list_phones(raw: str, kinds: Collection[str]) -> list[Phone]:
    by_kind = {phone.get("PhoneType"): phone for phone in _read(raw).phones or []}
    return [Phone(_FIELDS[kind], _join(by_kind.get(kind, {}))) for kind in kinds]


def _join(phone: dict[str, Any]) -> str:
    said = (phone.get(f"Phone{part}") or "" for part in ("CountryCode", "AreaCode", "Number"))
    return join_phone(PhoneParts(*said))


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
