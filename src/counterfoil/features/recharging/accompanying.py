"""
Wishes for what goes along with an invoice that passes costs on: links to the bought lines, and their files.

They wait for their invoice in the outbox, are approved and held with it, and each has a fate of its own: one
that Xero refuses is sent again alone, and the invoice is not touched.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath

import msgspec
import structlog

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.invoicing.models import DraftLine
from counterfoil.features.invoicing.pushing import CAUSE, LOOSE, find_operations
from counterfoil.features.outbox.operations import propose, rewrite
from counterfoil.features.recharging.billing import find_line
from counterfoil.features.recharging.models import FilesAsked, Recharge
from counterfoil.features.recharging.moves import tell
from counterfoil.mirror.models import (
    Attachment,
    BankTransaction,
    Invoice,
    LinkedTransaction,
    Operation,
    Organisation,
)
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.extras import list_files
from counterfoil.sync.outbox.moves import lock
from counterfoil.sync.outbox.proposing import approve
from counterfoil.sync.outbox.storing import AlreadyWished, Answer, Proposal
from counterfoil.sync.rights import NotTwoWay
from counterfoil.xero.errors import NotFound, XeroError
from counterfoil.xero.wishes import (
    LARGEST_FILE,
    AttachFile,
    EditLink,
    FileSource,
    LineSought,
    NewLink,
    Wish,
    clean_file_name,
)

log = structlog.get_logger(__name__)

CAUSE_OF_LINK = "recharge"
CAUSE_OF_FILE = "recharge_file"
MOST_FILES = 10
"""As many files as a document takes. Source: Xero developer guide, "Attachments"."""

_LINKED_KINDS = ("ACCPAY", "SPEND")
_WITH_FILES: Mapping[str, type[Invoice] | type[BankTransaction]] = {
    "Invoices": Invoice,
    "BankTransactions": BankTransaction,
}


def accompany(operations: Sequence[Operation], *, by: str, now: datetime) -> set[int]:
    """
    Wish for the links of these invoices on their way, and note whose files are to go along.

    Return the organisations in which files are to be listed. Works in the caller's transaction.
    """
    leaders = {int(one.cause_id): one for one in operations if one.cause_kind == CAUSE}
    recharges = list(
        Recharge.objects.filter(draft__in=leaders).select_related("source", "terms", "client", "organisation")
    )
    if not recharges:
        return set()
    by_draft: dict[int, list[Recharge]] = defaultdict(list)
    for one in recharges:
        assert one.draft_id is not None
        by_draft[one.draft_id].append(one)
    lines: dict[int, list[DraftLine]] = defaultdict(list)
    for line in DraftLine.objects.filter(draft__in=by_draft).order_by("draft", "place"):
        lines[line.draft_id].append(line)
    for draft_id, mine in by_draft.items():
        _link(mine, lines[draft_id], leaders[draft_id], by=by, now=now)
    _ask_for_files(recharges, now=now)
    return {one.organisation_id for one in recharges if one.terms.attaches}


# -- Links ---------------------------------------------------------------------------------------


def _link(
    recharges: Sequence[Recharge], lines: Sequence[DraftLine], leader: Operation, *, by: str, now: datetime
) -> None:
    proposals: list[Proposal] = []
    for one in recharges:
        found = _build_link(one, lines, leader)
        if isinstance(found, str):
            tell([one], what=f"No link in Xero from what was bought to this invoice: {found}", by="", now=now)
            continue
        key = f"{CAUSE_OF_LINK}:{one.pk}:{one.draft_id}"
        proposals.append(Proposal(wish=found, intent_key=key, cause_id=str(one.pk), waits_for=leader))
    _wish(proposals, recharges[0].organisation, leader, cause_kind=CAUSE_OF_LINK, by=by, now=now)


def _build_link(recharge: Recharge, lines: Sequence[DraftLine], leader: Operation) -> Wish | str:
    """Return the wish for the link of a recharge, or why there is none."""
    source = recharge.source
    if source.kind not in _LINKED_KINDS:
        return "Xero links only lines of bills and of money spent."
    if recharge.adjusts_id is not None:
        return "it is a difference to what was billed before."
    if source.line_key.startswith("#"):
        return "Xero has no id for the bought line."
    line = find_line(recharge, lines)
    if line is None:
        return "its line on the invoice was written anew."
    sought = LineSought(place=line.place, words=line.description)
    free = LinkedTransaction.objects.filter(
        organisation_id=recharge.organisation_id,
        source_transaction_id=source.document_id,
        source_line_item_id=source.line_key,
        target_transaction_id="",
        gone_at=None,
        contact_id__in=["", leader.contact_id],
    ).exclude(status="VOIDED")
    # Somebody marked the line as billable in Xero: that link is used, so that nobody bills it there as well.
    marked = free.order_by("-contact_id", "xero_id").first()
    if marked is not None:
        return EditLink(link_id=marked.xero_id, contact_id=leader.contact_id, sought=sought)
    return NewLink(
        source_id=source.document_id,
        source_line_id=source.line_key,
        contact_id=leader.contact_id,
        sought=sought,
    )


# -- Files ---------------------------------------------------------------------------------------


def _ask_for_files(recharges: Iterable[Recharge], *, now: datetime) -> None:
    """Note the documents whose files go along; a document that several lines came from has them once."""
    wanted = {
        (one.draft_id, one.source.document_id): one
        for one in recharges
        if one.draft_id is not None and one.terms.attaches and one.source.stream in _WITH_FILES
    }
    FilesAsked.objects.bulk_create(
        [
            FilesAsked(
                workspace_id=one.workspace_id,
                organisation_id=one.organisation_id,
                draft_id=draft_id,
                stream=one.source.stream,
                document_id=document_id,
                asked_at=now,
            )
            for (draft_id, document_id), one in wanted.items()
        ],
        ignore_conflicts=True,
    )


def send_files(organisation: Organisation, *, now: Callable[[], datetime]) -> int:
    """
    List the files that are to go along, and wish for a copy of each; return how many.

    What Xero does not answer now is asked for again with the next copy. No transaction may be open.
    """
    count = 0
    with in_workspace(organisation.workspace_id):
        asked = list(FilesAsked.objects.filter(organisation=organisation, listed_at=None).order_by("pk"))
        leaders = find_operations(one.draft_id for one in asked)
    for one in asked:
        leader = leaders.get(one.draft_id)
        if leader is None or leader.status in LOOSE:
            continue  # its draft is being written again
        try:
            what = _list(organisation, one, now=now)
        except (XeroError, NotConnected) as error:
            log.info("files not listed", organisation=organisation.pk, because=str(error))
            break
        with in_workspace(organisation.workspace_id):
            count += _wish_for_files(organisation, one, leader, what, now=now())
    return count


def _list(organisation: Organisation, asked: FilesAsked, *, now: Callable[[], datetime]) -> str:
    """Bring the list of a document's files up to date; return what is wrong with it, if anything."""
    with in_workspace(organisation.workspace_id):
        rows = _WITH_FILES[asked.stream]._default_manager.filter(
            organisation=organisation, xero_id=asked.document_id
        )
        if not rows.filter(has_attachments=True).exists():
            return ""
    try:
        list_files(organisation, endpoint=asked.stream, document_id=asked.document_id, now=now)
    except NotFound:
        return "Xero does not have the document any more, so that its files do not go along."
    return ""


def _wish_for_files(
    organisation: Organisation, asked: FilesAsked, leader: Operation, what: str, *, now: datetime
) -> int:
    # Held until all of it is stored: whoever approves or holds the invoice at this moment does so before
    # this, and it is seen here, or after, and what is stored here is approved or held with it.
    [leader] = lock(Operation.objects.filter(pk=leader.pk))
    if leader.status in LOOSE:
        return 0  # listed again once the invoice is on its way
    others = FilesAsked.objects.filter(draft=asked.draft_id).exclude(pk=asked.pk)
    room = MOST_FILES - sum(others.values_list("count", flat=True))
    taken = _list_names(asked.draft_id)
    files = Attachment.objects.filter(
        organisation=organisation, document_id=asked.document_id, gone_at=None
    ).order_by("file_name", "xero_id")
    recharges = list(
        Recharge.objects.filter(draft=asked.draft_id, source__document_id=asked.document_id).select_related(
            "terms", "source"
        )
    )
    is_online = any(one.terms.is_online for one in recharges)
    proposals: list[Proposal] = []
    left = [what] if what else []
    for file in files:
        if file.content_length > LARGEST_FILE:
            left.append(f"“{file.file_name}” is larger than the 10 MB that Xero takes.")
        elif len(proposals) >= room:
            left.append(f"“{file.file_name}” is one more than the {MOST_FILES} files that an invoice takes.")
        else:
            name = make_unique(clean_file_name(file.file_name), taken)
            taken.add(name.casefold())
            source = FileSource(
                endpoint=asked.stream,  # type: ignore[arg-type]  # one of those with files
                document_id=asked.document_id,
                file_id=file.xero_id,
            )
            wish = AttachFile(
                endpoint="Invoices",
                document_id=leader.xero_id,
                file_name=name,
                mime_type=file.mime_type or "application/octet-stream",
                include_online=is_online,
                source=source,
            )
            key = f"{CAUSE_OF_FILE}:{asked.draft_id}:{file.xero_id}"
            proposals.append(
                Proposal(wish=wish, intent_key=key, cause_id=str(asked.draft_id), waits_for=leader)
            )
    try:
        _wish(proposals, organisation, leader, cause_kind=CAUSE_OF_FILE, by=leader.asked_by, now=now)
    except NotTwoWay as problem:
        proposals, left = [], [str(problem)]
    asked.listed_at, asked.count, asked.what = now, len(proposals), " ".join(left)
    asked.save(update_fields=["listed_at", "count", "what"])
    if left:
        tell(recharges, what=f"Not all files go along. {asked.what}", by="", now=now)
    return len(proposals)


def make_unique(name: str, taken: Iterable[str]) -> str:
    """Return the name, or one like it that no other file has: Xero replaces a file of the same name."""
    used, made, number = set(taken), name, 1
    while made.casefold() in used:
        number += 1
        path = PurePath(name)
        made = f"{path.stem} ({number}){path.suffix}"
    return made


def _list_names(draft_id: int) -> set[str]:
    """Return the names of the files that go on the same invoice already."""
    mine = Operation.objects.filter(cause_kind=CAUSE_OF_FILE, cause_id=str(draft_id))
    wishes = (one.wish for one in mine.exclude(state=OutboxState.HELD))
    return {read_file_name(wish).casefold() for wish in wishes}


def read_file_name(wish: str) -> str:
    """Return under which name a file goes along."""
    return str(msgspec.json.decode(wish).get("FileName", ""))


# -- Both ----------------------------------------------------------------------------------------


def _wish(
    proposals: Sequence[Proposal],
    organisation: Organisation,
    leader: Operation,
    *,
    cause_kind: str,
    by: str,
    now: datetime,
) -> None:
    """Put them into the outbox behind their invoice; what is there with other words is written anew."""
    if not proposals:
        return
    answers: list[Answer] = propose(organisation, proposals, cause_kind=cause_kind, by=by, now=now)
    changed = {
        answer.operation.pk: proposal
        for answer, proposal in zip(answers, proposals, strict=True)
        if isinstance(answer, AlreadyWished)
    }
    if changed:
        rewrite(changed, by=by, now=now)
    if leader.approved_at is not None:
        # Who approved the invoice approved what goes along with it.
        made = [answer.pk for answer in answers if isinstance(answer, Operation)]
        approve([*made, *changed], by=leader.approved_by, now=now)
