"""
Who is meant: the contacts, clients and people of a firm that an e-mail address, a number or a name names.

A company's documents are not those of everybody who works there. Whoever only stands among a contact's people
is `mentioned`: the contact's own record goes to them, its invoices do not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from counterfoil.features.reminding.ledger import make_digest

_LEAST_DIGITS = 6
DIGITS_COMPARED = 8  # without what countries put in front

_CONTACTS = """
select xero_id, name,
    lower(email) = any(%(emails)s) or lower(name) = any(%(names)s) or xero_id = any(%(names)s)
    or exists (
        select from json_array_elements(
            case json_typeof(raw -> 'Phones') when 'array' then raw -> 'Phones' end
        ) phone
        where right(
            regexp_replace(concat(phone ->> 'PhoneAreaCode', phone ->> 'PhoneNumber'), '\\D', '', 'g'), 8
        ) = any(%(digits)s)
    ) as is_theirs
from mirror_contact
where true
"""
_MENTIONED = """
exists (
    select from json_array_elements(
        case json_typeof(raw -> 'ContactPersons') when 'array' then raw -> 'ContactPersons' end
    ) person where lower(person ->> 'EmailAddress') = any(%(emails)s)
)
"""
_PHONES = ("phone", "direct_phone", "mobile_phone", "fax")


@dataclass(frozen=True)
class Subject:
    """One person, by everything by which the firm knows them."""

    contacts: list[str] = field(default_factory=list)
    mentioned: list[str] = field(default_factory=list)
    clients: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """By which texts are searched for them."""
        return [f"%{_escape(word)}%" for word in (*self.emails, *self.names) if len(word) > 3]


def find_subject(asked: Sequence[str], *, key: bytes) -> Subject:
    """Return who is meant by any of these words; call it in the firm's workspace."""
    emails = [word.strip().casefold() for word in asked if "@" in word]
    others = [word.strip() for word in asked if "@" not in word]
    digits = [end for word in others if (end := _end_of_number(word))]
    names = [word.casefold() for word in others]
    given: dict[str, Any] = {"emails": emails, "names": names, "digits": digits}

    contacts = _ask(f"select xero_id, name, is_theirs from ({_CONTACTS}) found where is_theirs", given)  # noqa: S608 - ours
    mentioned = _ask(f"select xero_id, name, false from mirror_contact where {_MENTIONED}", given)  # noqa: S608 - ours
    clients, people = (_ask(_write_ours(table), given) for table in ("clients_client", "clients_person"))
    own = [str(row[0]) for row in contacts]
    linked = _ask(
        "select l.client_id, c.name, true from clients_link l join clients_client c on c.id = l.client_id"
        " where l.contact_id = any(%(own)s) and l.person_id is null",
        {"own": own},
    )
    clients = [*{row[0]: row for row in (*clients, *linked)}.values()]
    back = _ask(
        "select l.contact_id, c.name, true from clients_link l"
        " join mirror_contact c on c.organisation_id = l.organisation_id and c.xero_id = l.contact_id"
        " where l.client_id = any(%(clients)s)",
        {"clients": [row[0] for row in clients]},
    )
    contacts = [*{row[0]: row for row in (*contacts, *back)}.values()]
    return Subject(
        contacts=[row[0] for row in contacts],
        mentioned=sorted({row[0] for row in mentioned} - {row[0] for row in contacts}),
        clients=[row[0] for row in clients],
        people=[row[0] for row in people],
        emails=emails,
        digits=digits,
        names=sorted({str(row[1]) for row in (*contacts, *clients, *people)} | set(others)),
        digests=[make_digest(key, word) for word in (*emails, *(_plain(one) for one in others))],
    )


def _write_ours(table: str) -> str:
    same = " or ".join(
        f"right(regexp_replace({name}, '\\D', '', 'g'), {DIGITS_COMPARED}) = any(%(digits)s)"
        for name in _PHONES
    )
    return (
        f"select id, name, true from {table}"  # noqa: S608 - our own names
        f" where lower(email) = any(%(emails)s) or lower(name) = any(%(names)s) or {same}"
    )


def _ask(query: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())


def _end_of_number(word: str) -> str:
    digits = re.sub(r"\D", "", word)
    is_number = len(digits) >= _LEAST_DIGITS and not re.search(r"[^\W\d]", word)
    return digits[-DIGITS_COMPARED:] if is_number else ""


def _plain(number: str) -> str:
    return re.sub(r"[^\d+]", "", number)


def _escape(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
