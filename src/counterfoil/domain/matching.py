"""
Decides whether a contact in Xero is one of our clients, and how sure that is.

Only an exact proof links by itself (K14): the contact number is the client's number, or name and
e-mail address are the same and nobody else has them. Anything less is a suggestion for a person.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

# Below this likeness two names are different firms far more often than the same one.
_ALIKE_FROM = 86

# Forms of company say nothing about whose company it is.
_COMPANY_FORMS = frozenset({
    "ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "cic", "gmbh", "group", "holdings",
    "inc", "incorporated", "kg", "limited", "llc", "llp", "lp", "ltd", "nv", "oy", "plc", "pte", "pty",
    "sa", "sarl", "sas", "sl", "spa", "srl", "the", "trading"
})  # fmt: skip
# An address at one of these says nothing about the firm behind it.
_PUBLIC_MAIL = frozenset({
    "aol.com", "bigpond.com", "btinternet.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com",
    "hotmail.co.uk", "hotmail.com", "icloud.com", "live.com", "mail.com", "me.com", "msn.com",
    "outlook.com", "proton.me", "protonmail.com", "sky.com", "virginmedia.com", "web.de", "xtra.co.nz",
    "yahoo.co.uk", "yahoo.com", "ymail.com"
})  # fmt: skip


class Confidence(StrEnum):
    """How well a contact and a client match."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Proof(StrEnum):
    """What links a contact to a client."""

    BY_HAND = "by hand"
    CONTACT_NUMBER = "contact number"
    NAME_AND_EMAIL = "name and e-mail address"
    MADE_FROM_CONTACT = "client made from the contact"
    MERGED = "merged in Xero"
    IMPORTED = "imported"


@dataclass(frozen=True)
class Party:
    """What is known of a contact or a client for matching: its key, name, e-mail address and number."""

    key: int | str
    name: str
    email: str = ""
    number: str = ""


@dataclass(frozen=True)
class Match:
    """A client that a contact may be. `proof` is there only when it is certain."""

    client: Party
    confidence: Confidence
    reason: str
    proof: Proof | None = None


def normalise_name(name: str) -> str:
    """Return the words that tell one firm from another: no case, accents, signs or forms of company."""
    plain = name.lower() if name.isascii() else _take_apart(name)
    words = re.sub(r"['’.]", "", plain.replace("&", " and "))
    found = re.findall(r"\w+", words)
    telling = [word for word in found if word not in _COMPANY_FORMS]
    return " ".join(telling or found)


def _take_apart(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def normalise_email(email: str) -> str:
    """Return the address as mail servers in practice compare it."""
    return email.strip().casefold()


class Matcher:
    """
    Matches contacts against a firm's clients.

    `contacts` are all contacts of the organisation that are not linked yet: a proof holds only
    when no second contact could claim it.
    """

    def __init__(self, clients: Iterable[Party], contacts: Iterable[Party] = ()) -> None:
        self._clients = list(clients)
        self._names = {index: normalise_name(client.name) for index, client in enumerate(self._clients)}
        self._by_number = _group(self._clients, lambda party: party.number.strip().casefold())
        self._by_email = _group(self._clients, lambda party: normalise_email(party.email))
        self._by_domain = _group(self._clients, lambda party: _find_domain(party.email))
        self._by_name = _group_by(self._clients, self._names.values())
        known = list(contacts)
        self._contacts_by_number = _group(known, lambda party: party.number.strip().casefold())
        self._contacts_by_email = _group(known, lambda party: normalise_email(party.email))

    def find_proof(self, contact: Party) -> Match | None:
        """Return the one client that the contact certainly is, or None."""
        number = contact.number.strip().casefold()
        by_number = self._by_number.get(number, [])
        if number and len(by_number) == 1 and _is_alone(contact, self._contacts_by_number.get(number, [])):
            reason = f"The contact number {contact.number.strip()} is this client’s number."
            return Match(by_number[0], Confidence.FULL, reason, Proof.CONTACT_NUMBER)
        email = normalise_email(contact.email)
        by_email = self._by_email.get(email, [])
        is_one = email and len(by_email) == 1 and _is_alone(contact, self._contacts_by_email.get(email, []))
        name = normalise_name(contact.name)
        if is_one and name and self._by_name.get(name) == by_email:
            reason = "Name and e-mail address are this client’s, and nobody else has them."
            return Match(by_email[0], Confidence.FULL, reason, Proof.NAME_AND_EMAIL)
        return None

    def suggest(self, contact: Party) -> Match | None:
        """Return the client that the contact most likely is and why, or None when nothing speaks for any."""
        return self.find_proof(contact) or self._suggest_alike(contact)

    def _suggest_alike(self, contact: Party) -> Match | None:
        name = normalise_name(contact.name)
        same_name = self._by_name.get(name, [])
        if name and len(same_name) == 1:
            return Match(same_name[0], Confidence.PARTIAL, "Has the same name.")
        same_email = self._by_email.get(normalise_email(contact.email), [])
        if contact.email.strip() and len(same_email) == 1:
            return Match(same_email[0], Confidence.PARTIAL, "Has the same e-mail address, but another name.")
        best = (
            process.extractOne(name, self._names, scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE_FROM)
            if name
            else None
        )
        if best is not None:
            return Match(self._clients[best[2]], Confidence.PARTIAL, "Has a name much like it.")
        same_domain = self._by_domain.get(_find_domain(contact.email), [])
        if len(same_domain) == 1:
            domain = _find_domain(contact.email)
            return Match(same_domain[0], Confidence.PARTIAL, f"Has an e-mail address at {domain} too.")
        return None


def _group(parties: Sequence[Party], key: Callable[[Party], str]) -> Mapping[str, list[Party]]:
    return _group_by(parties, map(key, parties))


def _group_by(parties: Sequence[Party], values: Iterable[str]) -> Mapping[str, list[Party]]:
    groups: dict[str, list[Party]] = defaultdict(list)
    for party, value in zip(parties, values, strict=True):
        if value:
            groups[value].append(party)
    return groups


def _is_alone(contact: Party, claimants: Sequence[Party]) -> bool:
    return all(claimant.key == contact.key for claimant in claimants)


def _find_domain(email: str) -> str:
    _, at, domain = normalise_email(email).rpartition("@")
    return domain if at and domain not in _PUBLIC_MAIL else ""
