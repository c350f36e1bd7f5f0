"""
The ledger as a file: out, and in again.

A person leaves as their digest, sealed with the ledger's key: a line that was made up or changed is not
taken. A list of plain numbers, as providers give of who opted out, is taken as wishes to stop.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from counterfoil.domain.csvfile import NotATable, read_table
from counterfoil.features.reminding.ledger import get_ledger_key
from counterfoil.features.reminding.models import Channel, LedgerEntry
from counterfoil.features.reminding.wishing import BY_HAND, NoAddress, Somebody, read_address
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

COLUMNS = (
    "person",
    "channel",
    "sender",
    "act",
    "certain",
    "basis",
    "source",
    "words",
    "note",
    "who",
    "at",
    "seal",
)
_ADDRESS = ("address", "number", "phone", "phone number", "mobile", "to", "e-mail", "email")
_SEALED = COLUMNS[:-1]
_CHUNK = 2000
_CAUTIOUS = {LedgerEntry.Act.STOPPED, LedgerEntry.Act.WITHDRAWN}


@dataclass
class Taken:
    """What came of a file: how many lines were noted or known before, and what is wrong with the others."""

    noted: int = 0
    known: int = 0
    older: int = 0
    problems: list[str] = field(default_factory=list)


def write_rows(organisation: Organisation, *, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Return the lines of the file, the oldest first: this organisation's, and those for the whole firm."""
    key = get_ledger_key(now=now)
    entries = LedgerEntry.objects.filter(
        workspace=organisation.workspace_id, sender__in=("", organisation.tenant_id)
    )
    for entry in entries.order_by("pk").iterator(chunk_size=2000):
        cells = _write(entry)
        yield (*cells, _seal(key, cells))


def take_file(
    organisation: Organisation, content: bytes, *, is_for_all: bool, by: User, now: datetime
) -> Taken:
    """
    Note what a file says, each line once, and return what came of it. Raises NotATable.

    A wish to be left alone is always taken; a line by which somebody would get messages is taken only if
    nothing cautious that is known here was said after it.
    """
    table = read_table(content)
    heads = [head.casefold() for head in table.heads]
    is_ours = set(COLUMNS) <= set(heads)
    if not is_ours and not set(heads) & set(_ADDRESS):
        raise NotATable("There is no column named number, phone, e-mail or address.")
    key, taken = get_ledger_key(now=now), Taken()
    entries: list[LedgerEntry] = []
    for row in table.rows:
        cells = dict(zip(heads, row.cells, strict=False))
        try:
            one = _read_own(key, cells) if is_ours else _read_plain(organisation, cells, is_for_all, by, now)
        except (NoAddress, ValueError) as problem:
            taken.problems.append(f"Line {row.line}: {problem}")
        else:
            one.workspace_id = organisation.workspace_id
            entries.append(one)
    with transaction.atomic():
        LedgerEntry.objects.bulk_create(_choose(organisation, entries, taken), batch_size=_CHUNK)
        record(
            workspace_id=organisation.workspace_id,
            act=Act.WISHES_NOTED,
            who=by,
            what=organisation.name,
            now=now,
        )
    return taken


def _choose(
    organisation: Organisation, entries: Sequence[LedgerEntry], taken: Taken
) -> Sequence[LedgerEntry]:
    """
    Return the entries that say something new, the oldest first; one query for any number.

    Nobody's wish is held in place, as a single one is: a list is long, and what is leaving now has left.
    """
    known: set[tuple[object, ...]] = set()
    latest: dict[tuple[object, ...], datetime] = {}  # by person: when they last asked to be left alone
    theirs = LedgerEntry.objects.filter(
        workspace=organisation.workspace_id, digest__in=list({bytes(one.digest) for one in entries})
    )
    fresh = []
    for entry, is_given in [
        *((one, False) for one in theirs),
        *((one, True) for one in sorted(entries, key=lambda one: one.at)),
    ]:
        person = (entry.sender, entry.channel, bytes(entry.digest))
        said = (*person, entry.act, entry.at)
        if is_given and said in known:
            taken.known += 1
            continue
        if is_given and entry.act not in _CAUTIOUS and person in latest and latest[person] > entry.at:
            taken.older += 1
            continue
        known.add(said)
        if entry.act in _CAUTIOUS:
            latest[person] = max(entry.at, latest.get(person, entry.at))
        if is_given:
            fresh.append(entry)
    taken.noted = len(fresh)
    return fresh


def _read_own(key: bytes, cells: Mapping[str, str]) -> LedgerEntry:
    """Return a line that this installation wrote. Raises ValueError for any other."""
    said = tuple(cells.get(column, "") for column in _SEALED)
    if not hmac.compare_digest(_seal(key, said), cells.get("seal", "")):
        raise ValueError("it was not written by this installation, or was changed since.")
    of = dict(zip(_SEALED, said, strict=True))
    return LedgerEntry(
        digest=bytes.fromhex(of["person"]),
        channel=Channel(of["channel"]),
        sender=of["sender"],
        act=LedgerEntry.Act(of["act"]),
        is_certain=of["certain"] == "yes",
        basis=of["basis"],
        source=LedgerEntry.Source(of["source"]),
        shown=of["words"],
        note=of["note"],
        who=of["who"],
        at=datetime.fromisoformat(of["at"]),
    )


def _read_plain(
    organisation: Organisation, cells: Mapping[str, str], is_for_all: bool, by: User, now: datetime
) -> LedgerEntry:
    """Return what a line with a plain number or address says: without an act, that it wants no messages."""
    somebody = _find(organisation, cells, now)
    act = LedgerEntry.Act(cells.get("act") or LedgerEntry.Act.STOPPED)
    if act not in BY_HAND:
        raise ValueError("only the person takes a wish to stop back.")
    said = cells.get("at") or cells.get("date") or ""
    day = date.fromisoformat(said[:10]) if said else None
    return LedgerEntry(
        digest=somebody.digest,
        channel=somebody.channel,
        sender="" if is_for_all else organisation.tenant_id,
        act=act,
        basis=LedgerEntry.Basis(cells.get("basis", "")),
        source=LedgerEntry.Source.IMPORT,
        shown=cells.get("words", ""),
        note=cells.get("note", "")[:255],
        who=name_person(by),
        at=datetime(day.year, day.month, day.day, tzinfo=UTC) if day else now,
    )


def _find(organisation: Organisation, cells: Mapping[str, str], now: datetime) -> Somebody:
    typed = next((cells[name] for name in _ADDRESS if cells.get(name)), "")
    if not typed:
        raise NoAddress("there is no number or address.")
    return read_address(organisation, typed, now=now)


def _write(entry: LedgerEntry) -> tuple[str, ...]:
    # As it is read again: a cell is stripped, and a line break in it is one sign.
    return tuple(
        _plain(cell)
        for cell in (
            bytes(entry.digest).hex(),
            entry.channel,
            entry.sender,
            entry.act,
            "yes" if entry.is_certain else "no",
            entry.basis,
            entry.source,
            entry.shown,
            entry.note,
            entry.who,
            entry.at.astimezone(UTC).isoformat(),
        )
    )


def _plain(cell: str) -> str:
    return " ".join(cell.split()).lstrip("'=+-@")


def _seal(key: bytes, cells: Sequence[str]) -> str:
    said = "\n".join(("ledger", *cells))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:32]
