"""Explains a figure or a record in the terminal, and prints what changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_organisation
from counterfoil.cli.speech import Exit, Stopped, remark, say, say_json, say_table
from counterfoil.domain.datekit import today_in
from counterfoil.domain.wording import say_amount
from counterfoil.features.connections.queries import Standing, describe_standing
from counterfoil.features.history.activity import ChangeQuestion, LoggedChange, iterate_changes
from counterfoil.features.history.past import BooksAreMoving, ask_as_seen, find_watched_since
from counterfoil.features.history.records import RecordPage, get_record
from counterfoil.features.history.restated import Period, Restated, list_restated, sum_effects
from counterfoil.features.invoices.documents import Question, Source, View, iterate_documents
from counterfoil.features.invoices.listed import BILLS, SALES, Listed
from counterfoil.features.invoices.owed import Share, sum_owed
from counterfoil.mirror.models import Invoice, Organisation
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.streams import STREAM_BY_NAME

_FIGURES = {"receivables": SALES, "payables": BILLS}


def explain(what: str, name: str | None, *, org: str | None, as_at: str | None, as_json: bool) -> Exit:
    """Print where a figure or an invoice comes from."""
    with open_database(), across_workspaces():
        organisation = find_organisation(org)
        standing = describe_standing([organisation], organisation, now=timezone.now())
        if what in _FIGURES:
            if name is not None:
                raise Stopped(f"{what} takes no name; did you mean: explain invoice {name}", Exit.USAGE)
            _explain_figure(what, standing, as_at=as_at, as_json=as_json)
        elif what == "invoice":
            if name is None:
                raise Stopped("Say which one: counterfoil explain invoice INV-0042", Exit.USAGE)
            _explain_invoice(name, standing, as_json=as_json)
        else:
            raise Stopped(f"{what!r} cannot be explained. Can be: invoice, {', '.join(_FIGURES)}", Exit.USAGE)
    return Exit.DONE


def list_changes(
    *,
    org: str | None,
    since: str,
    dated_from: str | None,
    dated_to: str | None,
    as_json: bool,
) -> Exit:
    """Print what changed since a moment; with days, only what moved the documents dated then."""
    with open_database(), across_workspaces():
        organisation = find_organisation(org)
        standing = describe_standing([organisation], organisation, now=timezone.now())
        moment = _read_moment(since, standing)
        if dated_from or dated_to:
            period = Period(_read_day(dated_from) or date.min, _read_day(dated_to) or date.max, moment)
            _refuse_unwatched(organisation, moment, standing)
            _print_restated(
                list_restated(organisation, period, base=_base(standing)), standing, as_json=as_json
            )
        else:
            found = iterate_changes(organisation, ChangeQuestion(since=moment), base=_base(standing))
            _print_log(found, standing, as_json=as_json)
    return Exit.DONE


def _explain_figure(what: str, standing: Standing, *, as_at: str | None, as_json: bool) -> None:
    organisation, now = _current(standing), timezone.now()
    moment = _read_moment(as_at, standing) if as_at else None
    kind, source = _FIGURES[what], Source(organisation, today_in(standing.zone, moment or now))

    def ask() -> tuple[list[Share], list[Listed]]:
        question = Question(view=View.UNPAID, kind=kind)
        return sum_owed(source, kind=kind), list(iterate_documents([source], question))

    if moment is None:
        shares, rows = ask()
    else:
        _refuse_unwatched(organisation, moment, standing)
        try:
            shares, rows = ask_as_seen(organisation, moment, ask)
        except BooksAreMoving as moving:
            raise Stopped(str(moving), Exit.TRY_LATER) from moving
    if as_json:
        say_json(_write_figure(what, shares, rows, standing, moment))
        return
    said = f"as at {moment:%-d %b %Y %H:%M}" if moment else _say_freshness(standing)
    for share in shares:
        owed = say_amount(share.due, share.currency)
        overdue = say_amount(share.overdue, share.currency)
        say(f"{owed} {share.currency} {what} in {share.count:,} documents, of which overdue {overdue}")
    say_table(
        ["number", "contact", "date", "due", "owed", ""],
        [
            [
                row.invoice.number,
                row.invoice.contact_name,
                f"{row.invoice.date or ''}",
                f"{row.invoice.due_date or ''}",
                say_amount(row.invoice.amount_due, row.invoice.currency),
                row.invoice.currency,
            ]
            for row in rows
        ],
        right=(4,),
    )
    remark(f"{organisation.name}, {said}")


def _write_figure(
    what: str, shares: Sequence[Share], rows: Sequence[Listed], standing: Standing, moment: datetime | None
) -> Mapping[str, Any]:
    return {
        "figure": what,
        "organisation": _current(standing).name,
        "as_at": moment.isoformat() if moment else None,
        "as_of": standing.as_of.isoformat() if standing.as_of else None,
        "sums": [
            {"currency": share.currency, "owed": f"{share.due:f}", "overdue": f"{share.overdue:f}",
             "documents": share.count}
            for share in shares
        ],
        "documents": [
            {
                "xero_id": row.invoice.xero_id,
                "number": row.invoice.number,
                "contact": row.invoice.contact_name,
                "date": row.invoice.date.isoformat() if row.invoice.date else None,
                "due_date": row.invoice.due_date.isoformat() if row.invoice.due_date else None,
                "currency": row.invoice.currency,
                "owed": f"{row.invoice.amount_due:f}",
                "status": row.word,
            }
            for row in rows
        ],
    }  # fmt: skip


def _explain_invoice(name: str, standing: Standing, *, as_json: bool) -> None:
    organisation = _current(standing)
    by_number = Invoice.objects.filter(organisation=organisation, number=name)
    found = list(by_number.values_list("xero_id", flat=True)[:20])
    found = found or list(
        Invoice.objects.filter(organisation=organisation, xero_id=name).values_list("xero_id", flat=True)
    )
    if not found:
        raise Stopped(f"{organisation.name} has no invoice {name!r}, here or in the past.", Exit.FAILURES)
    pages = [
        get_record(organisation, STREAM_BY_NAME["Invoices"], xero_id, base_currency=_base(standing))
        for xero_id in found
    ]
    if as_json:
        say_json({"organisation": organisation.name, "invoices": [_write_record(page) for page in pages]})
        return
    for page in pages:
        _print_record(page, standing)


def _print_record(page: RecordPage, standing: Standing) -> None:
    described, provenance = page.described, page.provenance
    if described is None or provenance is None:
        return
    zone = standing.zone
    contact = described.members.get("Contact") or {}
    say(f"{described.title}, {contact.get('Name', '')}: {described.status}")
    for headline in described.headlines:
        amount = say_amount(headline.money.amount, described.currency)
        say(f"  {headline.label}: {amount} {described.currency}")
    for touch in described.touches:
        say(f"  {touch.kind} {touch.title} {touch.day} {touch.amount}".rstrip())
    say(f"  Xero's id: {described.xero_id}")
    say(f"  First seen here: {provenance.first_seen_at.astimezone(zone):%-d %b %Y %H:%M}")
    if provenance.updated_at:
        say(f"  Changed in Xero: {provenance.updated_at.astimezone(zone):%-d %b %Y %H:%M}")
    if provenance.gone_at:
        say(f"  No longer in Xero since {provenance.gone_at.astimezone(zone):%-d %b %Y %H:%M}")
    for event in page.history.events:
        say(f"  {event.at.astimezone(zone):%-d %b %Y %H:%M}, {event.kind}, {event.logged.why}")
        for sentence in event.sentences:
            say(f"    {sentence.text}")
    remark(f"{_current(standing).name}, {_say_freshness(standing)}")


def _write_record(page: RecordPage) -> dict[str, Any]:
    described, provenance = page.described, page.provenance
    assert described is not None
    assert provenance is not None
    return {
        "xero_id": described.xero_id,
        "title": described.title,
        "status": described.status,
        "currency": described.currency,
        "amounts": {one.label: f"{one.money.amount:f}" for one in described.headlines},
        "first_seen_at": provenance.first_seen_at.isoformat(),
        "changed_here_at": provenance.changed_here_at.isoformat(),
        "updated_at": provenance.updated_at.isoformat() if provenance.updated_at else None,
        "gone_at": provenance.gone_at.isoformat() if provenance.gone_at else None,
        "history": [
            {
                "at": event.at.isoformat(),
                "kind": event.kind,
                "why": event.logged.why,
                "said": [sentence.text for sentence in event.sentences],
            }
            for event in page.history.events
        ],
    }


def _print_log(found: Iterable[LoggedChange], standing: Standing, *, as_json: bool) -> None:
    if as_json:
        say_json({"organisation": _current(standing).name, "changes": [_write_change(one) for one in found]})
        return
    count = 0
    for one in found:
        count += 1
        at = one.logged.at.astimezone(standing.zone)
        locked = " [locked period]" if one.is_locked else ""
        say(f"{at:%Y-%m-%d %H:%M}  {one.record.title}{locked}: {one.told} ({one.logged.why})")
    remark(f"{count:,} changes in {_current(standing).name}, {_say_freshness(standing)}")


def _write_change(one: LoggedChange) -> dict[str, Any]:
    return {
        "at": one.logged.at.isoformat(),
        "stream": one.logged.stream,
        "xero_id": one.logged.xero_id,
        "kind": one.logged.kind.value,
        "title": one.record.title,
        "said": [sentence.text for sentence in one.sentences],
        "effects": one.effects,
        "why": one.logged.why,
        "is_locked": one.is_locked,
    }


def _print_restated(found: Sequence[Restated], standing: Standing, *, as_json: bool) -> None:
    effects = sum_effects(found)
    if as_json:
        say_json({
            "organisation": _current(standing).name,
            "effects": [
                {"kind": one.kind, "currency": one.currency, "documents": one.count,
                 "amount": f"{one.amount:f}"}
                for one in effects
            ],
            "documents": [
                {
                    "stream": one.stream, "xero_id": one.xero_id, "title": one.title, "contact": one.contact,
                    "currency": one.currency, "then": f"{one.counted_then:f}", "now": f"{one.counted_now:f}",
                    "effect": f"{one.effect:f}", "said": one.told, "is_locked": one.is_locked,
                }
                for one in found
            ],
        })  # fmt: skip
        return
    for one in found:
        locked = " [locked period]" if one.is_locked else ""
        moved = say_amount(one.effect, one.currency)
        say(f"{one.day_now or one.day_then}  {one.title}{locked}: {moved} {one.currency}; {one.told}")
    for effect in effects:
        moved = say_amount(effect.amount, effect.currency)
        say(f"{effect.kind}: {moved} {effect.currency} in {effect.count:,} documents")
    remark(f"{len(found):,} documents changed in {_current(standing).name}, {_say_freshness(standing)}")


def _read_moment(text: str, standing: Standing) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Stopped(
            f"{text!r} is not a date or time; write 2026-11-05 or 2026-11-05T18:00.", Exit.USAGE
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=standing.zone)


def _read_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Stopped(f"{text!r} is not a date; write 2026-10-31.", Exit.USAGE) from None


def _refuse_unwatched(organisation: Organisation, moment: datetime, standing: Standing) -> None:
    since = find_watched_since(organisation)
    if since is None:
        raise Stopped("The first copy of this organisation is not complete.", Exit.TRY_LATER)
    if moment < since:
        watched = f"{since.astimezone(standing.zone):%-d %b %Y %H:%M}"
        raise Stopped(
            f"Counterfoil has watched {organisation.name} since {watched}, and not before.", Exit.FAILURES
        )


def _say_freshness(standing: Standing) -> str:
    if standing.as_of is None:
        return "not yet copied whole"
    return f"as of {standing.as_of.astimezone(standing.zone):%-d %b %Y %H:%M}"


def _current(standing: Standing) -> Organisation:
    assert standing.current is not None
    return standing.current


def _base(standing: Standing) -> str:
    return standing.profile.base_currency if standing.profile else ""
