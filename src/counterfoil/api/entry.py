"""Who may ask what: the scope of each endpoint, and which organisation it is about."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.domain.datekit import find_zone, today_in
from counterfoil.features.access.tokens import Caller
from counterfoil.features.connections.queries import list_connected
from counterfoil.features.workspaces.models import Membership, User
from counterfoil.features.workspaces.permissions import Permission, name_roles
from counterfoil.mirror.models import Organisation, OrganisationProfile
from counterfoil.mirror.scope import in_workspace
from counterfoil.xero.budget import Priority

# The name of every address that asks Xero; the middleware opens no transaction for them.
ASKS_XERO = "asks-xero"
# A program has patience: the last calls of a day are for people, for what they send, and for the sync.
BEHIND_PEOPLE = Priority.SWEEP


class ProgramRequest(HttpRequest):
    """A request of a program that was let in, within its firm's transaction."""

    caller: Caller
    membership: Membership
    user: User


class TokenWith(HttpBearer):
    """Let in a token with this scope whose person's role includes it."""

    def __init__(self, permission: Permission, *, of_firm: bool) -> None:
        super().__init__()
        self.permission = permission
        self.of_firm = of_firm

    def __call__(self, request: HttpRequest) -> Any:
        """Return the caller. Raises ApiProblem; the middleware has looked at the token itself."""
        return self.authenticate(request, "")

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """Return the caller. Raises ApiProblem."""
        caller: Caller = request.caller  # type: ignore[attr-defined]  # set by the middleware
        if not caller.may(self.permission):
            raise ApiProblem(
                Problem.NOT_ALLOWED,
                f"This needs the scope “{self.permission.value}”, and a person who is"
                f" {name_roles(self.permission)}.",
                scope=self.permission.value,
            )
        if self.of_firm and not caller.reaches_firm:
            raise ApiProblem(Problem.HELD_TO_ORGANISATIONS)
        return caller


def needs(permission: Permission, *, of_firm: bool = False) -> dict[str, Any]:
    """Return what an endpoint says of itself: the scope that it needs, checked and documented."""
    firm = " Not for tokens that are held to some organisations." if of_firm else ""
    return {
        "auth": TokenWith(permission, of_firm=of_firm),
        "openapi_extra": {"x-scope": permission.value, "x-of-firm": of_firm, "x-note": firm.strip()},
    }


def asking_xero(permission: Permission) -> dict[str, Any]:
    """Return what an endpoint says of itself that waits for Xero; it sees its firm only `within_firm`."""
    told = needs(permission)
    told["openapi_extra"]["x-asks-xero"] = True
    return {**told, "url_name": ASKS_XERO}


def within_firm(request: HttpRequest) -> AbstractContextManager[None]:
    """Let an endpoint that asks Xero see its firm's rows for a moment; others see them all the time."""
    return in_workspace(request.membership.workspace_id)  # type: ignore[attr-defined]  # set by the middleware


@dataclass(frozen=True)
class Place:
    """An organisation, what time it is there, and what its books are kept in."""

    organisation: Organisation
    zone: ZoneInfo
    now: datetime
    base_currency: str

    @property
    def today(self) -> date:
        """Which day it is there."""
        return today_in(self.zone, self.now)


def find_place(request: HttpRequest, organisation_id: int) -> Place:
    """
    Return the connected organisation of an address; two queries.

    Raises ApiProblem for one that is not connected, of another firm, or out of the token's reach: all are
    told the same.
    """
    caller: Caller = request.caller  # type: ignore[attr-defined]  # set by the middleware
    found = next((one for one in list_connected() if one.pk == organisation_id), None)
    if found is None or not caller.reaches(organisation_id):
        raise ApiProblem(Problem.NOT_FOUND, "No organisation with this number is connected for this token.")
    profile = OrganisationProfile.objects.filter(organisation=found).defer("raw").first()
    zone = find_zone(profile.timezone if profile else None)
    return Place(found, zone, timezone.now(), profile.base_currency if profile else "")


def list_reached(request: HttpRequest) -> list[Organisation]:
    """Return the connected organisations that the token is good for, by name."""
    caller: Caller = request.caller  # type: ignore[attr-defined]  # set by the middleware
    return [one for one in list_connected() if caller.reaches(one.pk)]
