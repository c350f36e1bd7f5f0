"""Reads the change log with its amounts exact, and says who brought a change and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from counterfoil.features.history.differences import Sentence, tell_differences
from counterfoil.mirror.models import Change, Run

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number", order="sorted").encode

_BROUGHT_BY = {
    Run.Kind.FULL: "full copy",
    Run.Kind.DELTA: "regular sync",
    Run.Kind.SWEEP: "daily check",
    Run.Kind.WEBHOOK: "news from Xero by webhook",
}
_BY_HAND = frozenset({"by hand", "manual"})


@dataclass(frozen=True)
class Logged:
    """One line of the change log, its members decoded with every digit kept."""

    id: int
    stream: str
    xero_id: str
    kind: Change.Kind
    at: datetime
    why: str
    run_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def tell(self, *, currency: str = "") -> list[Sentence]:
        """Return what changed, in sentences."""
        return tell_differences(self.before, self.after, stream=self.stream, currency=currency)

    @property
    def before_text(self) -> str:
        """Xero's members as they were, for a person to read."""
        return write_json(self.before)

    @property
    def after_text(self) -> str:
        """Xero's members as they are."""
        return write_json(self.after)


def read_log(changes: "QuerySet[Change]") -> list[Logged]:
    """Return the lines of the log that the query finds, with why they were written; one query."""
    return list(_read(_as_text(changes).select_related("run")))


def _as_text(changes: "QuerySet[Change]") -> "QuerySet[Change]":
    # The driver would read amounts as floats; as text they keep every digit.
    texts = {f"{side}_text": Cast(side, TextField()) for side in ("before", "after")}
    return changes.defer("before", "after").annotate(**texts)


def _read(changes: Iterable[Change]) -> Iterator[Logged]:
    for change in changes:
        yield Logged(
            id=change.pk,
            stream=change.stream,
            xero_id=change.xero_id,
            kind=Change.Kind(change.kind),
            at=change.at,
            why=say_why(change.why, change.run.kind if change.run else None),
            run_id=change.run_id,
            before=_decode(change.before_text),  # type: ignore[attr-defined]  # annotated above
            after=_decode(change.after_text),  # type: ignore[attr-defined]  # annotated above
        )


def say_why(why: str, run_kind: str | None) -> str:
    """Return what brought the change here, as in "daily check"."""
    if why in _BY_HAND:
        return "sync asked for by hand"
    return _BROUGHT_BY[Run.Kind(run_kind)] if run_kind in list(Run.Kind) else why


def decode_record(raw: str | bytes) -> dict[str, Any]:
    """Return a record's members with its amounts exact."""
    record: dict[str, Any] = _decode(raw)
    return record


def write_json(members: Mapping[str, Any]) -> str:
    """Return members as indented JSON."""
    return msgspec.json.format(_encode(members), indent=2).decode()
