"""Finds which record of Xero each line is: by Xero's id, then by number, then by name; never by a guess."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from counterfoil.features.migrating.models import Import, StagedRow
from counterfoil.mirror.models import Contact, Invoice, Mirrored, Organisation, Payment

_By = StagedRow.MatchedBy


@dataclass(frozen=True)
class Match:
    """What one line was found to be, or why it was not found."""

    row: StagedRow
    matched_id: str = ""
    matched_by: str = ""
    why_not: str = ""


@dataclass(frozen=True)
class Plan:
    """What an assignment would do; nothing of it is done yet."""

    matches: list[Match]

    @property
    def table(self) -> list[tuple[str, int, dict[str, int], int]]:
        """For each kind: how many lines, how many matched by what, and how many not at all."""
        rows = []
        for kind in StagedRow.Kind:
            of_kind = [match for match in self.matches if match.row.kind == kind]
            if of_kind:
                found = Counter(match.matched_by for match in of_kind)
                by = {str(way.label): found[way] for way in _By}
                rows.append((str(kind.label), len(of_kind), by, found[""]))
        return rows

    @property
    def matched(self) -> int:
        """How many lines were found."""
        return sum(bool(match.matched_id) for match in self.matches)

    @property
    def unmatched(self) -> list[Match]:
        """The lines that were not found; they stay, and can be assigned later."""
        return [match for match in self.matches if not match.matched_id]


@dataclass
class _Known:
    """The records of one kind: their ids, and whose each number and each name is."""

    ids: set[str] = field(default_factory=set)
    numbers: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def plan_assignment(given: Import, organisation: Organisation) -> Plan:
    """Return what each line is in this organisation, in the same few queries for any number of lines."""
    known: Mapping[str, _Known] = {
        StagedRow.Kind.CLIENT: _know(Contact, organisation, number="contact_number", name="name"),
        StagedRow.Kind.INVOICE: _know(Invoice, organisation, number="number"),
        StagedRow.Kind.PAYMENT: _know(Payment, organisation, number="reference"),
    }
    return Plan([_match(row, known.get(row.kind)) for row in given.rows.order_by("line")])


def _know(model: type[Mirrored], organisation: Organisation, *, number: str, name: str = "") -> _Known:
    known = _Known()
    columns = ["xero_id", number, *([name] if name else [])]
    records: Iterable[tuple[str, ...]] = model._default_manager.filter(
        organisation=organisation, gone_at=None
    ).values_list(*columns)
    for xero_id, its_number, *its_name in records:
        known.ids.add(xero_id.lower())
        if its_number:
            known.numbers[_simple(its_number)].add(xero_id)
        for one in its_name:
            known.names[_simple(one)].add(xero_id)
    return known


def _match(row: StagedRow, known: _Known | None) -> Match:
    if known is None:
        return Match(row, why_not="Nothing on this line is understood.")
    if row.xero_id and row.xero_id in known.ids:
        return Match(row, row.xero_id, _By.ID)
    for key, found_in, way in ((row.number, known.numbers, _By.NUMBER), (row.name, known.names, _By.NAME)):
        found = found_in.get(_simple(key), set()) if key else set()
        if len(found) == 1:
            return Match(row, next(iter(found)), way)
        if len(found) > 1:
            return Match(row, why_not=f"{len(found)} records in Xero have this {way.value}.")
    if row.xero_id:
        return Match(row, why_not="This organisation has no record with this id.")
    return Match(row, why_not="This organisation has no such record.")


def _simple(text: str) -> str:
    return " ".join(text.casefold().split())
