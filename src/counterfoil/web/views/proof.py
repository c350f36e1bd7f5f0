"""The proof: the copy beside Xero's own figures, with the reason for every difference."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from counterfoil.domain.proof import Finding, Proof
from counterfoil.mirror.models import Organisation
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.figures import NotCopiedYet
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.sync.proof import prove_organisation
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.requests import FirmRequest
from counterfoil.xero.errors import XeroError


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
    def is_folded(self) -> bool:
        """Say whether the rows can wait: none of them needs a look."""
        return self.is_explained and len(self.findings) > 4


@require_http_methods(["GET", "POST"])
@for_firm
def show_proof(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Say what is compared; when asked to, compare it now and show what was found."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "activity/not_connected.html")
    found = _prove(organisation) if request.method == "POST" else {}
    return render(request, "activity/proof.html", {"organisation": organisation} | found)


def _prove(organisation: Organisation) -> dict[str, Any]:
    try:
        proof = prove_organisation(organisation, reason="proof", now=timezone.now)
    except (AlreadySyncing, NotCopiedYet, NotConnected) as not_now:
        return {"problem": str(not_now), "next_step": "Nothing was compared. Try again in a while."}
    except XeroError as error:
        return {"problem": error.sentence, "next_step": error.next_step}
    return {"proof": proof, "parts": _list_parts(proof), "proved_at": timezone.now()}


def _list_parts(proof: Proof) -> list[Part]:
    """Return the figures by kind, what needs a look first."""
    ordered = sorted(proof.findings, key=lambda one: one.part)
    parts = [Part(name, list(own)) for name, own in groupby(ordered, key=lambda one: one.part)]
    return sorted(parts, key=lambda part: (part.is_explained, part.is_equal))
