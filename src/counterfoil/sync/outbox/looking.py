"""
Looks in Xero for what was sent and not answered: it is there, it surely is not, or nobody can tell.

What makes a new record is looked for by our own reference, among what changed since it was sent; what
changes one is looked for on the record itself. The last is the case for a person, who is told what to
look for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec

from counterfoil.mirror.models import Operation
from counterfoil.sync.outbox.comparing import is_as_wished
from counterfoil.sync.outbox.emptying import EMPTY
from counterfoil.sync.outbox.files import FileKept, read_back
from counterfoil.sync.outbox.kinds import KIND_BY_NAME, Kind, Search
from counterfoil.sync.passes import OVERLAP
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.client import XeroClient
from counterfoil.xero.errors import AnswerNotUnderstood, NotFound
from counterfoil.xero.gate import Priority
from counterfoil.xero.wire.dates import parse_instant
from counterfoil.xero.wire.pages import parse_page
from counterfoil.xero.wishes import (
    AddNote,
    AttachFile,
    DeleteAllocation,
    DeleteLink,
    NewAllocation,
    NewLink,
    Wish,
    read_wish,
)

_PAGE_SIZE = 1000
_IDS_AT_ONCE = 40
_LINKS_A_PAGE = 100

# So far Xero's clock and ours may be apart.
_CLOCKS = timedelta(minutes=2)


class Verdict(Enum):
    """What a look found out."""

    THERE = "Xero has it"
    ABSENT = "Xero does not have it"
    UNSURE = "Counterfoil cannot tell"


@dataclass(frozen=True)
class Sight:
    """What was seen of one operation; `record` is the text of the record that shows it."""

    verdict: Verdict
    xero_id: str = ""
    record: bytes = field(default=b"", repr=False)
    sentence: str = ""


@dataclass(frozen=True)
class Seen:
    """A record as a list shows it."""

    members: Mapping[str, Any]
    text: bytes

    def get_text(self, member: str) -> str:
        """Return a member that is text, or nothing."""
        value = self.members.get(member)
        return value if isinstance(value, str) else ""


ABSENT = Sight(Verdict.ABSENT)


async def look_for(
    operations: Sequence[Operation],
    *,
    client: XeroClient,
    since: datetime,
    files: Mapping[int, FileKept],
) -> dict[int, Sight]:
    """
    Return what Xero shows of these operations, all of one kind and first sent at `since`.

    `files` says what is known of the bytes that they sent. Raises what the client raises.
    """
    kind = KIND_BY_NAME[operations[0].kind]
    match kind.search:
        case Search.BY_REFERENCE | Search.BY_NAME:
            seen = await _list_changed(kind, client, since - OVERLAP)
            return {one.pk: _find_new(one, kind, seen, since) for one in operations}
        case Search.BY_RECORD:
            records = await _list_records(kind, [one.xero_id for one in operations], client)
            return {one.pk: _judge_record(one, kind, records.get(one.xero_id), since) for one in operations}
        case _:
            return {one.pk: await _look_at_part(one, kind, client, since, files) for one in operations}


# -- New records ---------------------------------------------------------------------------------


def _find_new(operation: Operation, kind: Kind, seen: Sequence[Seen], since: datetime) -> Sight:
    wished = msgspec.json.decode(operation.payload)
    id_member = STREAM_BY_NAME[kind.stream].id_member
    mark = wished.get(kind.marker, operation.reference)
    if kind.search is Search.BY_REFERENCE and kind.marker == "Reference":
        ours = [one for one in seen if operation.reference in one.get_text(kind.marker)]
    else:
        ours = [one for one in seen if one.get_text(kind.marker).casefold() == str(mark).casefold()]
        ours = [one for one in ours if one.get_text("Status") != "DELETED"]
    if len(ours) > 1:
        return Sight(Verdict.UNSURE, sentence=f"Xero shows {len(ours)} records with {mark}.")
    if ours:
        return Sight(Verdict.THERE, ours[0].get_text(id_member), ours[0].text)
    if kind.search is Search.BY_REFERENCE and wished:
        alike = [one for one in seen if _is_alike(wished, one, kind, since)]
        if alike:
            return Sight(
                Verdict.UNSURE,
                sentence="Xero has one that is alike and does not carry our reference; somebody may have"
                " edited it.",
            )
    return ABSENT


def _is_alike(wished: Mapping[str, Any], one: Seen, kind: Kind, since: datetime) -> bool:
    """Say whether a record that changed since then is like ours but for the reference."""
    if (_stamp(one) or since) < since - _CLOCKS or "(CF-" in one.get_text(kind.marker):
        return False
    if one.get_text(kind.marker).startswith("CF-"):
        return False
    alike = {"Type", "Contact", "LineItems", "Name", "Invoice", "Account", "Amount", "Date"}
    return is_as_wished({name: value for name, value in wished.items() if name in alike}, one.members)


async def _list_changed(kind: Kind, client: XeroClient, since: datetime) -> list[Seen]:
    stream = STREAM_BY_NAME[kind.stream]
    params = dict(stream.params)
    if not stream.in_delta:
        answer = await client.get(stream.name, priority=Priority.PUSH, params=params)
        return _read(answer.body, stream.key)
    seen: list[Seen] = []
    number = 1
    while True:
        params |= {"page": str(number), "pageSize": str(_PAGE_SIZE)}
        answer = await client.get(stream.name, priority=Priority.PUSH, params=params, modified_since=since)
        seen += _read(answer.body, stream.key)
        pagination = parse_page(answer.body, stream.key).pagination
        if pagination is None or number >= pagination.page_count:
            return seen
        number += 1


# -- Records that were to change -----------------------------------------------------------------


async def _list_records(kind: Kind, ids: Sequence[str], client: XeroClient) -> dict[str, Seen]:
    stream = STREAM_BY_NAME[kind.stream]
    found: list[Seen] = []
    if stream.takes_ids:
        for start in range(0, len(ids), _IDS_AT_ONCE):
            chunk = ",".join(ids[start : start + _IDS_AT_ONCE])
            params = {**stream.params, "IDs": chunk, "page": "1", "pageSize": str(_PAGE_SIZE)}
            answer = await client.get(stream.name, priority=Priority.PUSH, params=params)
            found += _read(answer.body, stream.key)
    else:
        for xero_id in dict.fromkeys(ids):
            try:
                answer = await client.get(
                    f"{stream.name}/{xero_id}", priority=Priority.PUSH, params=stream.params
                )
            except NotFound:
                continue
            found += _read(answer.body, stream.key)
    return {one.get_text(stream.id_member): one for one in found}


def _judge_record(operation: Operation, kind: Kind, record: Seen | None, since: datetime) -> Sight:
    if record is None:
        return Sight(Verdict.UNSURE, sentence="Xero does not show the record that was to change.")
    wished = msgspec.json.decode(operation.payload)
    if wished and is_as_wished(wished, record.members):
        return Sight(Verdict.THERE, operation.xero_id, record.text)
    stamp = _stamp(record)
    known = operation.attempt.known if operation.attempt else []
    if wished and stamp is not None and name_version(operation.xero_id, stamp) in known:
        return ABSENT  # nobody has touched it since before it was sent
    if not wished or stamp is None or stamp >= since - _CLOCKS:
        return Sight(
            Verdict.UNSURE,
            sentence="The record was changed in Xero at about the same time, and is not as wished here.",
        )
    return ABSENT


# -- Parts of records ----------------------------------------------------------------------------


async def _look_at_part(
    operation: Operation,
    kind: Kind,
    client: XeroClient,
    since: datetime,
    files: Mapping[int, FileKept],
) -> Sight:
    if operation.wish == EMPTY:
        return Sight(Verdict.UNSURE, sentence="What was to be written is no longer kept here.")
    wish = read_wish(kind.wish, operation.wish)
    try:
        return await _look_at(operation, wish, client, since, files)
    except NotFound:
        return Sight(Verdict.UNSURE, sentence="Xero does not show the record that it belongs to.")


async def _look_at(
    operation: Operation,
    wish: Wish,
    client: XeroClient,
    since: datetime,
    files: Mapping[int, FileKept],
) -> Sight:
    match wish:
        case NewAllocation():
            listed = await _list_allocations(client, operation.xero_id)
            wished = msgspec.json.decode(operation.payload)
            # Xero dates it by the later of the two documents, so that its day proves nothing.
            wished.pop("Date", None)
            known = operation.attempt.known if operation.attempt else []
            same = [one for one in listed if is_as_wished(wished, one)]
            same = [one for one in same if one.get("AllocationID") not in known]
            if not same:
                return ABSENT
            if len(same) > 1:
                return Sight(Verdict.UNSURE, sentence="The credit note shows several that are alike.")
            return Sight(Verdict.THERE, operation.xero_id)
        case DeleteAllocation():
            listed = await _list_allocations(client, wish.credit_note_id)
            is_left = any(one.get("AllocationID") == wish.allocation_id for one in listed)
            return ABSENT if is_left else Sight(Verdict.THERE, operation.xero_id)
        case AttachFile():
            sent = files.get(operation.pk)
            is_there = sent is not None and await _shows_file(wish, sent, client)
            return Sight(Verdict.THERE, operation.xero_id) if is_there else ABSENT
        case NewLink():
            return await _find_link(operation, wish, client)
        case DeleteLink():
            return await _is_link_gone(wish, client)
        case AddNote():
            answer = await client.get(f"{wish.endpoint}/{wish.document_id}/History", priority=Priority.PUSH)
            notes = _read(answer.body, "HistoryRecords")
            is_there = any(
                one.get_text("Details").strip() == wish.details.strip() and _is_since(one, since)
                for one in notes
            )
            return Sight(Verdict.THERE, operation.xero_id) if is_there else ABSENT
        case _:
            raise AnswerNotUnderstood(f"there is no way to look for {type(wish).__name__}")


async def _list_allocations(client: XeroClient, credit_note_id: str) -> list[Mapping[str, Any]]:
    answer = await client.get(f"CreditNotes/{credit_note_id}", priority=Priority.PUSH, params={"unitdp": "4"})
    [note] = _read(answer.body, "CreditNotes")
    allocations = note.members.get("Allocations")
    return [one for one in allocations if isinstance(one, dict)] if isinstance(allocations, list) else []


async def _shows_file(wish: AttachFile, sent: FileKept, client: XeroClient) -> bool:
    """Say whether the document has a file of this name, this size and these bytes."""
    path = f"{wish.endpoint}/{wish.document_id}/Attachments"
    answer = await client.get(path, priority=Priority.PUSH)
    for one in _read(answer.body, "Attachments"):
        if one.get_text("FileName") == wish.file_name and one.members.get("ContentLength") == sent.size:
            back = await read_back(wish, one.get_text("AttachmentID"), sent, client=client)
            return back.is_same
    return False


async def _find_link(operation: Operation, wish: NewLink, client: XeroClient) -> Sight:
    """Look among the links of the bought line for one that was not there before."""
    known = operation.attempt.known if operation.attempt else []
    wished = msgspec.json.decode(operation.payload)
    listed = await _list_links(client, wish.source_id)
    same = [one for one in listed if is_as_wished(wished, one.members)]
    same = [one for one in same if one.get_text("LinkedTransactionID") not in known]
    if not same:
        return ABSENT
    if len(same) > 1:
        return Sight(Verdict.UNSURE, sentence="The bought line shows several links that are alike.")
    return Sight(Verdict.THERE, same[0].get_text("LinkedTransactionID"), same[0].text)


async def _list_links(client: XeroClient, source_id: str) -> list[Seen]:
    """Return the links of a document. Xero gives a hundred a page, and does not say how many there are."""
    found: list[Seen] = []
    number = 1
    while True:
        params = {"SourceTransactionID": source_id, "page": str(number)}
        answer = await client.get("LinkedTransactions", priority=Priority.PUSH, params=params)
        page = _read(answer.body, "LinkedTransactions")
        found += page
        if len(page) < _LINKS_A_PAGE:
            return found
        number += 1


async def _is_link_gone(wish: DeleteLink, client: XeroClient) -> Sight:
    # Asked of the list: a 404 can come from something on the way, an empty list cannot.
    params = {"LinkedTransactionID": wish.link_id, "page": "1"}
    answer = await client.get("LinkedTransactions", priority=Priority.PUSH, params=params)
    return ABSENT if _read(answer.body, "LinkedTransactions") else Sight(Verdict.THERE, wish.link_id)


def name_version(xero_id: str, stamp: datetime) -> str:
    """Return the name of a record as it was when Xero last changed it."""
    return f"{xero_id} {stamp.astimezone(UTC).isoformat()}"


# -- Reading -------------------------------------------------------------------------------------


def _read(body: bytes, key: str) -> list[Seen]:
    return [Seen(msgspec.json.decode(raw), bytes(raw)) for raw in parse_page(body, key).records]


def _stamp(record: Seen) -> datetime | None:
    try:
        return parse_instant(record.get_text("UpdatedDateUTC"))
    except AnswerNotUnderstood:
        return None


def _is_since(note: Seen, since: datetime) -> bool:
    try:
        return parse_instant(note.get_text("DateUTC")) >= since - _CLOCKS
    except AnswerNotUnderstood:
        return True
