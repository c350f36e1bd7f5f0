"""The API as one whole: its resources, and how each failure is told."""

from math import ceil
from typing import Any

import structlog
from django.core.exceptions import ValidationError as InvalidFields
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from counterfoil import __version__
from counterfoil.api.problems import ApiProblem, Problem, tell
from counterfoil.api.resources import (
    agreement_terms,
    agreements,
    billing_runs,
    books,
    campaign_writing,
    client_writing,
    conflicts,
    contacts,
    cost_rules,
    costs,
    documents,
    draft_writing,
    entries,
    events,
    in_xero,
    matching,
    organisations,
    outbox,
    pins,
    quarantine,
    rate_cards,
    recharge_bills,
    recharge_splits,
    recharge_terms,
    recharges,
    record_log,
    recordings,
    records,
    reminder_holds,
    reports,
    run_invoices,
    saved_views,
    uploads,
    verifications,
    xero_reports,
)
from counterfoil.domain.recharging import NotAllowed
from counterfoil.features.billing import refusing, runs
from counterfoil.features.clients import linking
from counterfoil.features.history.in_xero import NotHad
from counterfoil.features.importing import operations as importing
from counterfoil.features.invoicing.drafting import InOutbox
from counterfoil.features.invoicing.recording import CannotRecord
from counterfoil.features.lists import operations as lists
from counterfoil.features.recharging import deciding
from counterfoil.features.reminding.campaigning import CannotChange, NotReady
from counterfoil.features.reminding.holding import CannotHold
from counterfoil.features.reminding.replying import CannotDecide
from counterfoil.features.spending import deciding as attributing
from counterfoil.features.spending.ruling import NoClientNamed
from counterfoil.features.two_way import deciding as settling
from counterfoil.features.two_way.switching import PlanChanged
from counterfoil.sync.outbox.proposing import NotPossibleNow
from counterfoil.sync.outbox.storing import NotOptedIn
from counterfoil.sync.rights import NotTwoWay

log = structlog.get_logger(__name__)

api = NinjaAPI(
    title="Counterfoil",
    version=__version__,
    description=(
        "Everything that a page can do, for programs. Amounts are texts with their currency, days are"
        " ISO 8601, and every failure is a problem as RFC 9457 describes it, with what to do next."
    ),
    docs_url=None,
    urls_namespace="api",
    openapi_extra={"servers": [{"url": "/"}]},
)
for tag, routers in {
    "Organisations": [organisations.router, verifications.router, quarantine.router],
    "Invoices and bills": [documents.router, pins.router],
    "Books": [books.router, records.router, in_xero.router],
    "Contacts": [contacts.router, conflicts.router],
    "Clients": [client_writing.router, matching.router],
    "Imports": [uploads.router],
    "Raising invoices": [draft_writing.router, recordings.router],
    "Outbox": [outbox.router],
    "Time, units, expenses": [entries.router, rate_cards.router],
    "Agreements": [agreements.router, agreement_terms.router],
    "Billing the month": [billing_runs.router, run_invoices.router],
    "Costs": [costs.router, cost_rules.router],
    "Recharges": [recharges.router, recharge_splits.router, recharge_bills.router, recharge_terms.router],
    "Reminders": [campaign_writing.router, reminder_holds.router],
    "Reports": [reports.router, xero_reports.router, saved_views.router],
    "Events": [events.router],
    "History": [record_log.router],
}.items():
    for router in routers:
        api.add_router("", router, tags=[tag])


@api.exception_handler(ApiProblem)
def _tell_problem(request: HttpRequest, problem: ApiProblem) -> HttpResponse:
    return _answer(request, problem.problem, problem.detail, next_step=problem.next_step, **problem.members)


def _tell_not_possible(request: HttpRequest, refusal: Exception | type[Exception]) -> HttpResponse:
    return _answer(request, Problem.NOT_POSSIBLE_NOW, str(refusal))


# What the features refuse, each with a sentence for people.
for refused in (
    CannotChange,
    CannotDecide,
    CannotHold,
    CannotRecord,
    InOutbox,
    NoClientNamed,
    NotAllowed,
    NotOptedIn,
    NotPossibleNow,
    NotReady,
    NotTwoWay,
    PlanChanged,
    attributing.NotACost,
    attributing.NothingToUndo,
    deciding.IsBilled,
    deciding.NobodyPays,
    deciding.NoDifference,
    deciding.NotHere,
    deciding.NothingToCredit,
    deciding.NothingToUndo,
    deciding.SamePayer,
    importing.NotPossible,
    linking.AlreadyDecided,
    linking.CannotUndo,
    linking.NothingToUndo,
    lists.NameMissing,
    lists.NameTaken,
    refusing.NotPossible,
    runs.NotPossible,
    runs.RunIsArchived,
    settling.CannotUndo,
    settling.NotAsSeen,
    settling.NothingToUndo,
    settling.OnItsWay,
):
    api.add_exception_handler(refused, _tell_not_possible)


@api.exception_handler(NotHad)
def _tell_not_had(request: HttpRequest, nothing: NotHad) -> HttpResponse:
    """Say why Xero did not give something, sorted by what helps: nothing, time, or a person."""
    problem, headers = Problem.NOT_POSSIBLE_NOW, {}
    if nothing.is_gone:
        problem = Problem.NOT_IN_XERO
    elif nothing.is_passing:
        problem = Problem.XERO_NOT_ANSWERING
        if nothing.retry_after is not None:
            headers["Retry-After"] = str(ceil(nothing.retry_after.total_seconds()))
    return _answer(request, problem, str(nothing), next_step=nothing.next_step, headers=headers)


@api.exception_handler(ValidationError)
def _tell_not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"where": "/".join(str(part) for part in one.get("loc", ())), "what": one.get("msg", "")}
        for one in error.errors
    ]
    return _answer(request, Problem.NOT_VALID, errors=errors)


@api.exception_handler(InvalidFields)
def _tell_invalid_fields(request: HttpRequest, error: InvalidFields) -> HttpResponse:
    found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    errors = [{"where": name, "what": " ".join(said)} for name, said in found.items()]
    return _answer(request, Problem.NOT_VALID, errors=errors)


@api.exception_handler(Http404)
def _tell_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return _answer(request, Problem.NOT_FOUND, str(error))


@api.exception_handler(HttpError)
def _tell_not_understood(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _answer(request, Problem.NOT_UNDERSTOOD, str(error))


@api.exception_handler(Exception)
def _tell_broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("the API failed", exc_info=error)
    return _answer(request, Problem.BROKEN)


def _answer(request: HttpRequest, problem: Problem, detail: str = "", **members: Any) -> HttpResponse:
    return tell(problem, detail, request_id=getattr(request, "request_id", ""), **members)
