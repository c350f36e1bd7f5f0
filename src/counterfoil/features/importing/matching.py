"""Finds which lines of a file are here already: what is alike is shown to a person, and never merged."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from counterfoil.domain.matching import normalise_email, normalise_name
from counterfoil.features.clients.models import Client, Deal, Person
from counterfoil.features.importing.models import Upload
from counterfoil.features.importing.reading import Draft


@dataclass(frozen=True)
class Finding:
    """What is alike: its number here, or nothing when it is an earlier line; and why."""

    found_id: int | None
    why: str
    # A number belongs to one client: nobody can decide to add another one.
    must_not_double: bool = False


@dataclass
class _Names:
    """Who has a number, a name, an e-mail address: of those here, and of the lines above."""

    here: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[str, int] = field(default_factory=dict)


class ClientBook:
    """The firm's clients by number, name and e-mail address, and the lines of the file read so far."""

    def __init__(self) -> None:
        self._numbers, self._names, self._emails = _Names(), _Names(), _Names()
        self.name_of: dict[int, str] = {}
        for pk, name, number, email in Client.objects.order_by("pk").values_list(
            "pk", "name", "number", "email"
        ):
            self.name_of[pk] = name
            self._add(pk, name, number, email)

    def find(self, draft: Draft, line: int) -> Finding | None:
        """Return who the client of this line may be already; the line is remembered for those below it."""
        name, number, email = (draft.fields.get(key) or "" for key in ("name", "number", "email"))
        keys = (
            (self._numbers, number.strip().casefold(), "number", True),
            (self._names, normalise_name(name), "name", False),
            (self._emails, normalise_email(email), "e-mail address", False),
        )
        finding = None
        for names, key, what, is_unique in keys:
            if key and finding is None:
                finding = _look(names, key, what, is_unique=is_unique)
            if key:
                names.lines.setdefault(key, line)
        return finding

    def find_client(self, draft: Draft) -> tuple[int | None, str]:
        """Return whose a person or a deal is, or why that is not known."""
        number, name = draft.client_number.strip().casefold(), normalise_name(draft.client)
        if number:
            found = self._numbers.here.get(number, [])
            if found:
                return found[0][0], ""
            if not name:
                return None, f"No client has the number {draft.client_number}. Import the clients first."
        if not name:
            return None, "Nobody is named whose this is. Write the client’s name or number in the file."
        found = self._names.here.get(name, [])
        exact = [one for one in found if one[1].casefold() == draft.client.casefold()]
        candidates = exact or found
        if len(candidates) == 1:
            return candidates[0][0], ""
        if candidates:
            return None, f"{len(candidates)} clients are called {draft.client}. Give the client’s number."
        return None, ""

    def add(self, pk: int, name: str) -> None:
        """Remember a client that was made for a line."""
        self.name_of[pk] = name
        self._add(pk, name, "", "")

    def _add(self, pk: int, name: str, number: str, email: str) -> None:
        for names, key in (
            (self._numbers, number.strip().casefold()),
            (self._names, normalise_name(name)),
            (self._emails, normalise_email(email)),
        ):
            if key:
                names.here[key].append((pk, name))


class OfClients:
    """What the clients have of a kind, people or deals, and the lines of the file read so far."""

    def __init__(self, kind: str) -> None:
        self._word = "person" if kind == Upload.Kind.PEOPLE else "deal"
        self._here: dict[tuple[object, str], int] = {}
        self._lines: dict[tuple[object, str], int] = {}
        rows: Iterable[tuple[int, int, str]] = (
            Person.objects.values_list("pk", "client_id", "name")
            if kind == Upload.Kind.PEOPLE
            else Deal.objects.values_list("pk", "client_id", "name")
        )
        for pk, client_id, name in rows:
            self._here.setdefault((client_id, _simplify(name)), pk)

    def find(self, draft: Draft, client: object, line: int) -> Finding | None:
        """Return what the client has of this name already; `client` is its number here, or a name to be."""
        key = (client, _simplify(draft.fields.get("name") or ""))
        here, above = self._here.get(key), self._lines.get(key)
        self._lines.setdefault(key, line)
        if here is not None:
            return Finding(here, f"The client has a {self._word} of this name.")
        if above is not None:
            return Finding(None, f"Line {above} of this file is a {self._word} of this name.")
        return None


def _look(names: _Names, key: str, what: str, *, is_unique: bool) -> Finding | None:
    here = names.here.get(key)
    if here:
        pk, name = here[0]
        others = f", and {len(here) - 1} more have it" if len(here) > 1 else ""
        only = ", which belongs to one client" if is_unique else ""
        return Finding(pk, f"{name} has this {what}{others}{only}.", must_not_double=is_unique)
    if key in names.lines:
        return Finding(None, f"Line {names.lines[key]} of this file has the same {what}.", is_unique)
    return None


def _simplify(name: str) -> str:
    return " ".join(name.casefold().split())
