"""
Says what an agreement will be billed: its next invoices as Xero would compute them, and what is in the way.

Nothing is kept by looking; lines that somebody is still writing can be looked at too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from counterfoil.domain.charging import Price
from counterfoil.domain.fields import BadText, parse_fields
from counterfoil.features.billing.loading import load_terms
from counterfoil.features.billing.models import Agreement, AgreementLine
from counterfoil.features.billing.planning import PlannedInvoice, Terms, plan_agreement
from counterfoil.features.billing.repeating import find_repeating, say_repeating
from counterfoil.features.billing.wording import FIELDS
from counterfoil.features.billing.writing import build_draft, build_line, find_contacts
from counterfoil.features.invoicing.books import read_books
from counterfoil.features.invoicing.mapping import get_choices
from counterfoil.features.invoicing.pushing import Prepared, prepare_lines

COMING = 3
_LOOKED_AHEAD = timedelta(days=5 * 366)
_MOST_PLANNED = 2_000


@dataclass(frozen=True)
class Coming:
    """One invoice to be, as Xero would compute it."""

    planned: PlannedInvoice
    prepared: Prepared


@dataclass(frozen=True)
class Forecast:
    """
    What is going to be billed: `overdue` by the very next run, because its day has passed, then `coming`.

    `problems` stop an invoice, `cautions` are to be known; both are said once.
    """

    overdue: Sequence[PlannedInvoice]
    coming: Sequence[Coming]
    problems: Sequence[str]
    cautions: Sequence[str] = ()

    @property
    def contact(self) -> str:
        """Who is billed, as Xero calls them."""
        for one in self.coming:
            contact = one.prepared.books.contacts.get(one.prepared.document.contact_id)
            return contact.name if contact else ""
        return ""


@dataclass(frozen=True)
class Typed:
    """Lines as they are being written, with their prices in the order of the lines."""

    lines: Sequence[AgreementLine]
    prices: Sequence[Sequence[Price]]


def forecast(agreement: Agreement, *, today: date, now: datetime, typed: Typed | None = None) -> Forecast:
    """Return what will be billed of an agreement, saved or being written; the queries are always as many."""
    problems = _check_words(agreement, typed.lines if typed else list(agreement.lines.all()))
    if agreement.organisation_id is None:
        return Forecast((), (), ["No organisation bills it: choose one.", *problems])
    if agreement.last_day is not None and agreement.last_day < agreement.starts_on:
        return Forecast((), (), ["The last day is before the first.", *problems])
    terms = _load(agreement, until=today + _LOOKED_AHEAD, typed=typed)
    if not terms.lines:
        problems.append("There is no line yet: it bills nothing.")
    planned = list(_take(terms, today=today))
    overdue = [one for one in planned if one.services and one.date < today]
    coming = [one for one in planned if one.services and one.date >= today]
    contact_id, why_none = find_contacts([agreement])[agreement.pk]
    prepared = _prepare([*overdue[:1], *coming], contact_id=contact_id, now=now)
    problems += [why_none] * bool(why_none)
    # A line that lacks something lacks it in every period: the first says it.
    problems += {
        sentence.split(":")[0]: sentence for one in reversed(planned) for sentence in one.problems
    }.values()
    problems += [sentence for _, sentence in prepared if sentence]
    cautions = _list_raised_by_xero(agreement, contact_id)
    for one, _ in prepared:
        for finding in one.findings:
            if finding.field == "contact" and why_none:
                continue
            said = f"{finding.ours} {finding.todo}"
            (problems if finding.blocks else cautions).append(said)
    return Forecast(
        overdue,
        [Coming(one, made) for one, (made, _) in zip(coming, prepared[len(overdue[:1]) :], strict=True)],
        list(dict.fromkeys(problems)),
        list(dict.fromkeys(cautions)),
    )


def _list_raised_by_xero(agreement: Agreement, contact_id: str) -> list[str]:
    """Return what Xero bills the same contact by itself: only one of the two should (R13)."""
    if agreement.organisation_id is None or not contact_id:
        return []
    found = find_repeating([agreement.organisation_id], [contact_id])
    return [
        f"{say_repeating(one)} Bill it by one of the two only."
        for one in found.get((agreement.organisation_id, contact_id), ())
    ]


def _load(agreement: Agreement, *, until: date, typed: Typed | None) -> Terms:
    """Return its terms; hours and expenses are shared among the client's agreements as a run shares them."""
    others = Agreement.objects.filter(client_id=agreement.client_id, state=Agreement.State.ACTIVE)
    beside = list(others.exclude(pk=agreement.pk).select_related("client", "organisation"))
    instead = {agreement.pk: list(typed.lines)} if typed else {}
    [terms] = [
        one
        for one in load_terms([agreement, *beside], until=until, instead=instead)
        if one.agreement is agreement
    ]
    if typed is None:
        return terms
    for place, line in enumerate(typed.lines):
        line.pk = line.pk or -1 - place
    return replace(
        terms,
        lines=typed.lines,
        prices={line.pk: prices for line, prices in zip(typed.lines, typed.prices, strict=True)},
    )


def _take(terms: Terms, *, today: date) -> Sequence[PlannedInvoice]:
    """Return what is overdue, and the next few: the rest of the years ahead is never planned."""
    found = []
    ahead = 0
    for one in islice(plan_agreement(terms, until=today + _LOOKED_AHEAD), _MOST_PLANNED):
        found.append(one)
        ahead += one.date >= today
        if ahead == COMING:
            break
    return found


def _prepare(
    planned: Sequence[PlannedInvoice], *, contact_id: str, now: datetime
) -> list[tuple[Prepared, str]]:
    if not planned:
        return []
    agreement = planned[0].terms.agreement
    assert agreement.organisation is not None
    key = agreement.organisation.pk
    books, choices = read_books([key], contact_ids=[contact_id])[key], get_choices(agreement.organisation)
    drafts, problems = [], []
    for one in planned:
        draft, problem = build_draft(one, contact_id=contact_id, books=books, choices=choices, now=now)
        shown = [service for service in one.services if service.is_shown]
        lines = [
            build_line(draft, service, agreement=agreement, place=place)
            for place, service in enumerate(shown, start=1)
        ]
        drafts.append((draft, lines))
        problems.append(problem)
    return list(zip(prepare_lines(drafts), problems, strict=True))


def _check_words(agreement: Agreement, lines: Sequence[AgreementLine]) -> list[str]:
    """Return what no period can fill in, also where nothing is billed yet."""
    problems = []
    texts: Mapping[str, str] = {"The reference": agreement.reference} | {
        f"Line {number}": line.description for number, line in enumerate(lines, start=1)
    }
    for title, text in texts.items():
        try:
            parse_fields(text, FIELDS)
        except BadText as problem:
            problems.append(f"{title}: {problem}")
    return problems
