"""The proof: the copy beside Xero's own figures, with the reason for every difference, and its history."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.proof import Finding, Proof, Reason
from counterfoil.features.connections.verifying import request_verification
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation, Verification
from counterfoil.sync import verdicts
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest

_HISTORY = 30


@dataclass(frozen=True)
class Part:
    """The figures of one kind."""

    name: str
    findings: list[Finding]

    @property
    def is_equal(self) -> bool:
        """Say whether all of them are."""
        return all(one.is_equal for one in self.findings)

    @property
    def is_explained(self) -> bool:
        """Say whether every difference among them is."""
        return all(one.is_explained for one in self.findings)

    @property
    def different(self) -> list[Finding]:
        """The figures that differ, what nobody can explain first."""
        return sorted((one for one in self.findings if not one.is_equal), key=lambda one: one.is_explained)

    @property
    def equal(self) -> list[Finding]:
        """The figures that are the same."""
        return [one for one in self.findings if one.is_equal]


@require_GET
@for_firm
def show_proof(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the latest verdict, or an earlier one that is asked for, and how a comparison goes on."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "activity/not_connected.html", {"title": "Proof"})
    return render(request, "activity/proof.html", _describe(organisation, request.GET.get("at", "")))


@require_GET
@for_firm
def show_comparing(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show how far a comparison is; the whole page again once it has ended. Whole without HTMX."""
    organisation = get_current(request)
    assert organisation is not None
    under_way = verdicts.find_under_way(organisation, now=timezone.now())
    if not request.headers.get("HX-Request"):
        return redirect("proof", organisation_id)
    if under_way is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "activity/_comparing.html", {"under_way": under_way, "organisation": organisation})


@require_POST
@for_people_who_may(Permission.WORK)
def start_comparing(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Ask for a comparison, and go back to the page, which shows how it goes on."""
    organisation = get_current(request)
    assert organisation is not None
    request_verification(organisation, asked_by=request.user.email, now=timezone.now())
    return redirect("proof", organisation_id)


def _describe(organisation: Organisation, at: str) -> dict[str, Any]:
    history = verdicts.list_verdicts(organisation, limit=_HISTORY)
    shown = _find_shown(organisation, history, at)
    context = {
        "organisation": organisation,
        "under_way": verdicts.find_under_way(organisation, now=timezone.now()),
        "history": history[::-1],
        "shown": shown,
        "is_latest": bool(history) and shown == history[0],
        "latest": history[0] if history else None,
    }
    if shown is None or shown.state != Verification.State.DONE:
        return context
    proof = verdicts.read_proof(shown)
    return context | {
        "proof": proof,
        "parts": _list_parts(proof),
        "developments": verdicts.list_developments(shown),
        "reasons": _list_reasons(proof),
    }


def _find_shown(organisation: Organisation, history: list[Verification], at: str) -> Verification | None:
    """Return what was asked for, else the latest that came to a verdict, else the latest at all."""
    settled: QuerySet[Verification] = Verification.objects.filter(organisation=organisation)
    if at:
        found = settled.filter(pk=int(at)).first() if at.isdecimal() and len(at) < 18 else None
        if found is None:
            raise Http404("There is no comparison with this number.")
        return found
    done = next((one for one in history if one.state == Verification.State.DONE), None)
    return done or (history[0] if history else None)


def _list_parts(proof: Proof) -> list[Part]:
    """Return the figures by kind, what needs a look first; else in the order in which they were compared."""
    names = dict.fromkeys(one.part for one in proof.findings)
    parts = [Part(name, [one for one in proof.findings if one.part == name]) for name in names]
    return sorted(parts, key=lambda part: (part.is_explained, part.is_equal))


def _list_reasons(proof: Proof) -> list[Reason]:
    """Return which reasons occur, in their own order, so that the page explains these only."""
    return [reason for reason in Reason if reason in set(_reasons(proof))]


def _reasons(proof: Proof) -> Iterator[Reason]:
    for finding in proof.findings:
        for cause in finding.causes:
            yield cause.reason
