"""Which approved documents no figure has, because their texts here do not say what they post."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterfoil.features.spending.models import Unreadable
from counterfoil.mirror.models import Organisation
from counterfoil.sync.drawing import list_unread
from counterfoil.sync.streams import STREAM_BY_NAME

NAMED = 6
_TITLES = ("number", "narration", "reference")


@dataclass(frozen=True)
class Missing:
    """A document that is in no figure, as far as it is known."""

    stream: str
    document_id: str
    title: str
    contact_name: str


@dataclass(frozen=True)
class LeftOut:
    """How many documents are in no figure, and the first of them."""

    count: int
    named: Sequence[Missing]

    @property
    def others(self) -> int:
        """How many there are beyond those named."""
        return self.count - len(self.named)


def list_left_out(organisation: Organisation, *, most: int = NAMED) -> LeftOut:
    """Return the documents that no posting has; two queries, and one for each of the at most four kinds."""
    count, unread = list_unread(organisation, most=most)
    return _name(organisation, count, [(one.stream, one.document_id) for one in unread])


def list_without_lines(organisation: Organisation, *, most: int = NAMED) -> LeftOut:
    """Return the documents that no line has, and so no cost and no margin; queries as above."""
    unread = Unreadable.objects.filter(organisation=organisation)
    first = unread.order_by("stream", "document_id").values_list("stream", "document_id")
    return _name(organisation, unread.count(), list(first[:most]))


def _name(organisation: Organisation, count: int, documents: Sequence[tuple[str, str]]) -> LeftOut:
    known = describe_documents(organisation, documents)
    return LeftOut(
        count,
        [
            Missing(*one, read_title(record := known.get(one)), getattr(record, "contact_name", ""))
            for one in documents
        ],
    )


def describe_documents(
    organisation: Organisation, documents: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], Any]:
    """Return these documents by their streams and ids, without their texts; a query for each kind."""
    wanted: dict[str, list[str]] = {}
    for stream, document_id in documents:
        wanted.setdefault(stream, []).append(document_id)
    found: dict[tuple[str, str], Any] = {}
    for stream, ids in sorted(wanted.items()):
        rows: Any = STREAM_BY_NAME[stream].model._default_manager
        for record in rows.filter(organisation=organisation, xero_id__in=ids).defer("raw", "digest"):
            found[stream, record.xero_id] = record
    return found


def read_title(record: Any) -> str:
    """Return by what people know a document: its number, what a journal is for, or its reference."""
    return next((said for name in _TITLES if (said := getattr(record, name, ""))), "")
