"""Shows what would be written to Xero, with every obstacle and total, and sends the outbox."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_organisation
from counterfoil.cli.proving import exit_of
from counterfoil.cli.speech import Exit, Stopped, say, say_json, say_table
from counterfoil.domain.money import round_to_cents
from counterfoil.domain.wording import say_amount
from counterfoil.features.connections.signals import copy_changed
from counterfoil.features.invoicing.findings import Finding
from counterfoil.features.invoicing.pushing import Prepared, prepare, push
from counterfoil.features.invoicing.queries import MOST_AT_ONCE, list_unsent
from counterfoil.features.invoicing.wishing import build_wish
from counterfoil.features.outbox.queries import Standing, list_settled, list_unsettled
from counterfoil.mirror.export import write_csv
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.lease import AlreadyPushing
from counterfoil.sync.outbox.kinds import kind_of
from counterfoil.sync.outbox.sending import Report, push_organisation

_COLUMNS = ["what", "to", "date", "reference", "sub_total", "tax", "total", "currency", "stands", "why"]


class Form(StrEnum):
    """How the list is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True)
class Line:
    """One write as a list shows it; without a total where it has none, and with why it does not go."""

    what: str
    to: str
    day: date | None
    reference: str
    sub_total: Decimal | None
    tax: Decimal | None
    total: Decimal | None
    currency: str
    stands: str
    goes: bool
    is_stopped: bool
    problems: Sequence[Finding] = ()
    sentence: str = ""

    @property
    def why(self) -> str:
        """Everything that is said of it, what stops it first."""
        return " ".join([*([self.sentence] if self.sentence else []), *map(_say_finding, self.problems)])


def show(*, org: str | None, form: Form) -> Exit:
    """Print what would be written: the drafts that were never sent, and what the outbox holds."""
    with open_database():
        with across_workspaces():
            organisation = find_organisation(org)
        with in_workspace(organisation.workspace_id):
            prepared = list(_prepare_all(organisation))
            drafts = [_read_draft(one) for one in prepared]
            outbox = [_read_standing(one) for one in list_unsettled(organisation)]
    lines, sums = [*drafts, *outbox], _add_up([*drafts, *outbox])
    not_two_way = next((one.not_two_way for one in prepared if one.not_two_way), "")
    match form:
        case Form.JSON:
            say_json(
                {
                    "organisation": organisation.name,
                    "tenant_id": organisation.tenant_id,
                    "verdict": "some_cannot" if _is_any_stopped(lines) else "all_can_go",
                    "sentence": not_two_way,
                    "sums": {currency: _write(total) for currency, total in sums.items()},
                    "drafts": [_describe(one) for one in drafts],
                    "outbox": [_describe(one) for one in outbox],
                }
            )
        case Form.CSV:
            _print_csv(lines)
        case _:
            _print_table(lines)
            _print_sums(organisation, lines, sums)
    if not_two_way:
        return Exit.PERSON_MUST_ACT
    return Exit.FAILURES if _is_any_stopped(lines) else Exit.DONE


def send(*, org: str | None, with_drafts: bool, form: Form) -> Exit:
    """Send the outbox, with the drafts put into it first if wanted, and print what became of each."""
    begun = timezone.now()
    with open_database():
        with across_workspaces():
            organisation = find_organisation(org)
        not_put = _put_drafts(organisation, begun) if with_drafts else []
        report = _send(organisation)
        if report.states:
            copy_changed.send(sender=None, organisation_id=organisation.pk)
        with in_workspace(organisation.workspace_id):
            settled = [_read_standing(one) for one in list_settled(organisation, since=begun)]
            left = [_read_standing(one) for one in list_unsettled(organisation)]
    lines = [*settled, *left, *not_put]
    match form:
        case Form.JSON:
            say_json(
                {
                    "organisation": organisation.name,
                    "tenant_id": organisation.tenant_id,
                    "verdict": _judge(report, lines).name.lower(),
                    "sentence": _say_report(report),
                    "calls": report.calls,
                    "looks": report.looks,
                    "operations": [_describe(one) for one in lines],
                }
            )
        case Form.CSV:
            _print_csv(lines)
        case _:
            _print_table(lines)
            counts = ", ".join(f"{count:,} {state}" for state, count in sorted(report.states.items()))
            calls = f"{report.calls:,} call{'' if report.calls == 1 else 's'}"
            say(f"{organisation.name}: {counts or 'nothing was sent'}; {calls}.")
            if _say_report(report):
                say(_say_report(report))
    return _judge(report, lines)


def _prepare_all(organisation: Organisation) -> Iterator[Prepared]:
    drafts = list_unsent(organisation)
    for start in range(0, len(drafts), MOST_AT_ONCE):
        yield from prepare(drafts[start : start + MOST_AT_ONCE])


def _put_drafts(organisation: Organisation, now: datetime) -> list[Line]:
    """Put the drafts into the outbox, and return those that could not go."""
    with in_workspace(organisation.workspace_id):
        drafts = list_unsent(organisation)
    refused: dict[int, str] = {}
    for start in range(0, len(drafts), MOST_AT_ONCE):
        with in_workspace(organisation.workspace_id):
            pushed = push(drafts[start : start + MOST_AT_ONCE], by=None, now=now)
            refused |= {draft.pk: sentence for draft, sentence in pushed.refused}
    with in_workspace(organisation.workspace_id):
        left = prepare([draft for draft in drafts if draft.pk in refused])
        return [_read_draft(one) for one in left]


def _send(organisation: Organisation) -> Report:
    try:
        return push_organisation(organisation.pk, now=timezone.now)
    except AlreadyPushing as busy:
        raise Stopped(str(busy), Exit.TRY_LATER) from busy
    except NotConnected as lost:
        raise Stopped(str(lost), Exit.PERSON_MUST_ACT) from lost
    except KeyboardInterrupt as interrupted:
        raise Stopped(
            "Stopped. What was on its way is looked for in Xero before anything else.", Exit.TRY_LATER
        ) from interrupted


def _judge(report: Report, lines: Sequence[Line]) -> Exit:
    if report.stopped_by is not None:
        return exit_of(report.stopped_by)
    if report.off:
        return Exit.PERSON_MUST_ACT
    return Exit.FAILURES if _is_any_stopped(lines) else Exit.DONE


def _say_report(report: Report) -> str:
    if report.stopped_by is not None:
        return f"{report.stopped_by.sentence} {report.stopped_by.next_step}"
    return " ".join(dict.fromkeys(report.off.values()))


def _read_draft(prepared: Prepared) -> Line:
    document, totals = prepared.document, prepared.totals
    contact = prepared.books.contacts.get(document.contact_id)
    return Line(
        what=kind_of(build_wish(document)).title,
        to=contact.name if contact else "",
        day=document.date,
        reference=document.number or document.reference,
        sub_total=totals.sub_total,
        tax=totals.tax,
        total=totals.total,
        currency=document.currency,
        stands="ready to go" if prepared.can_go else "cannot go",
        goes=prepared.can_go,
        is_stopped=not prepared.can_go,
        problems=prepared.findings,
        sentence=prepared.not_two_way,
    )


def _read_standing(standing: Standing) -> Line:
    operation = standing.row.operation
    return Line(
        what=standing.row.kind.title,
        to=standing.row.contact,
        day=None,
        reference=operation.reference,
        sub_total=None,
        tax=None,
        total=None if operation.amount is None else round_to_cents(operation.amount),
        currency=operation.currency,
        stands=operation.status.label,
        goes=standing.goes,
        is_stopped=standing.is_stopped,
        sentence=standing.why,
    )


def _is_any_stopped(lines: Sequence[Line]) -> bool:
    return any(one.is_stopped for one in lines)


def _add_up(lines: Sequence[Line]) -> dict[str, Decimal]:
    """Return what all that goes comes to, by currency."""
    sums: dict[str, Decimal] = {}
    for one in lines:
        if one.goes and one.total is not None:
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.total
    return sums


def _print_table(lines: Sequence[Line]) -> None:
    rows = [
        [
            one.what,
            one.to,
            one.day.isoformat() if one.day else "",
            one.reference,
            "" if one.total is None else say_amount(one.total, one.currency),
            one.currency,
            one.stands,
            one.why,
        ]
        for one in lines
    ]
    say_table(["", "to", "date", "reference", "total", "", "", ""], rows, right=(4,))


def _print_sums(organisation: Organisation, lines: Sequence[Line], sums: dict[str, Decimal]) -> None:
    going = sum(1 for one in lines if one.goes)
    amounts = ", ".join(f"{say_amount(total, currency)} {currency}" for currency, total in sums.items())
    said = f" over {amounts}" if amounts else ""
    stopped, waiting = sum(1 for one in lines if one.is_stopped), len(lines) - going
    cannot = f" {stopped:,} cannot." if stopped else ""
    others = f" {waiting - stopped:,} wait for somebody." if waiting > stopped else ""
    say(f"{organisation.name}: {going:,} can go{said}.{cannot}{others} Nothing was sent.")


def _print_csv(lines: Sequence[Line]) -> None:
    rows = (
        (
            one.what,
            one.to,
            one.day,
            one.reference,
            one.sub_total,
            one.tax,
            one.total,
            one.currency,
            one.stands,
            one.why,
        )
        for one in lines
    )
    out = io.StringIO()
    write_csv(_COLUMNS, rows, out)
    say(out.getvalue().rstrip("\r\n"))


def _describe(one: Line) -> dict[str, Any]:
    return {
        "what": one.what,
        "to": one.to,
        "date": one.day.isoformat() if one.day else None,
        "reference": one.reference,
        "sub_total": _write(one.sub_total),
        "tax": _write(one.tax),
        "total": _write(one.total),
        "currency": one.currency,
        "stands": one.stands,
        "goes": one.goes,
        "is_stopped": one.is_stopped,
        "sentence": one.sentence,
        "findings": [
            {
                "line": finding.line,
                "field": finding.field,
                "sentence": finding.ours,
                "next_step": finding.todo,
                "xero_would_say": finding.theirs,
                "blocks": finding.blocks,
            }
            for finding in one.problems
        ],
    }


def _say_finding(finding: Finding) -> str:
    where = f"Line {finding.line}: " if finding.line else ""
    return f"{where}{finding.ours} {finding.todo}"


def _write(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
