"""
Tokens: making and revoking them, and letting in a program that shows one.

A token names its firm, so that it is looked for among that firm's rows and no others.
"""

import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

from django.conf import settings
from django.db import transaction

from counterfoil.features.access.models import ApiToken
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.members import require
from counterfoil.features.workspaces.models import Membership
from counterfoil.features.workspaces.permissions import Permission, is_allowed
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace

PREFIX = "cf"
MOST_IN_USE = 50

# What a program may be allowed. Connecting needs a browser, and people are people's business.
SCOPES = (
    Permission.READ,
    Permission.WORK,
    Permission.APPROVE,
    Permission.CONFIGURE,
    Permission.SEE_AUDIT_LOG,
)
_MINUTE = timedelta(minutes=1)


class TokenRefused(Exception):
    """A token cannot be made as asked; the sentence says why."""


class NotLetIn(Exception):
    """The token is none, or not one any more; whoever shows it learns no more than that."""


@dataclass(frozen=True)
class MadeToken:
    """A token and its secret, which exists nowhere else."""

    token: ApiToken
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Allowance:
    """How often a token may still ask within its minute, and when the next begins, in seconds."""

    limit: int
    left: int
    resets_in_s: int
    is_over: bool


@dataclass(frozen=True)
class Caller:
    """A program that was let in: its token, its person as a member of the firm, what it may still ask."""

    token: ApiToken
    membership: Membership
    allowance: Allowance

    @property
    def name(self) -> str:
        """Who acts, as the audit log writes it."""
        return f"token {self.token.name} of {name_person(self.membership.user)}"

    def may(self, permission: Permission) -> bool:
        """Say whether both the token and the role of its person include this."""
        return permission in self.token.scopes and self.membership.may(permission)

    def reaches(self, organisation_id: int) -> bool:
        """Say whether the token is good for this organisation."""
        held_to = self.token.organisation_ids
        return held_to is None or organisation_id in held_to

    @property
    def reaches_firm(self) -> bool:
        """Say whether it is good for what belongs to the firm and to no organisation: clients, time."""
        return self.token.organisation_ids is None


def make_token(
    *,
    by: Membership,
    name: str,
    scopes: Collection[str],
    organisation_ids: Collection[int] | None,
    lives: timedelta | None,
    now: datetime,
) -> MadeToken:
    """
    Make a token for a person's own programs. Without `organisation_ids` it is good for all of the firm.

    Raises NotAllowed, and TokenRefused for a scope that no program or not this person can have.
    """
    with transaction.atomic():
        require(by, Permission.CONFIGURE)
        chosen = [scope for scope in SCOPES if scope in scopes]
        if not name.strip():
            raise TokenRefused("Give the token a name, by which the audit log calls it.")
        if len(chosen) != len(set(scopes)) or not chosen:
            raise TokenRefused("Choose at least one of the scopes that a program can have.")
        if not all(is_allowed(by.role, scope) for scope in chosen):
            raise TokenRefused("A token can do no more than you can yourself.")
        known = _keep_known(by, organisation_ids)
        if list_in_use(by.workspace_id, now=now)[MOST_IN_USE - 1 :]:
            raise TokenRefused(f"A firm has {MOST_IN_USE} tokens at most. Revoke one that nothing uses.")
        secret = secrets.token_urlsafe(32)
        token = ApiToken.objects.create(
            workspace_id=by.workspace_id,
            membership=by,
            name=name.strip()[:80],
            digest=_digest(secret),
            ending=secret[-4:],
            scopes=[scope.value for scope in chosen],
            organisation_ids=known,
            made_at=now,
            expires_at=now + lives if lives else None,
        )
        what = f"{token.name} (…{token.ending}), which may {', '.join(token.scopes)}"
        record(workspace_id=by.workspace_id, act=Act.TOKEN_MADE, who=by.user, what=what, now=now)
    return MadeToken(token, f"{PREFIX}_{by.workspace_id}_{secret}")


def revoke_token(*, by: Membership, token_id: int, now: datetime) -> ApiToken | None:
    """End a token at once; return it, or None when it is gone or ended already. Raises NotAllowed."""
    with transaction.atomic():
        require(by, Permission.CONFIGURE)
        found = ApiToken.objects.select_for_update().filter(pk=token_id, workspace=by.workspace_id)
        token = found.filter(revoked_at=None).first()
        if token is None:
            return None
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        what = f"{token.name} (…{token.ending})"
        record(workspace_id=by.workspace_id, act=Act.TOKEN_REVOKED, who=by.user, what=what, now=now)
    return token


def let_in(secret: str, *, now: datetime) -> Caller:
    """
    Return who calls, having counted the call. Raises NotLetIn.

    In a transaction of its own: what is asked holds no lock on the token, so one program may ask
    several things at once, and a call that fails counts all the same.
    """
    prefix, _, rest = secret.partition("_")
    workspace, _, key = rest.partition("_")
    if prefix != PREFIX or not (workspace.isascii() and workspace.isdigit() and len(workspace) < 19 and key):
        raise NotLetIn
    digest = _digest(key)
    with in_workspace(int(workspace), must_last=False):
        found = ApiToken.objects.select_for_update(of=["self"]).filter(digest=digest)
        token = found.select_related("membership__user", "membership__workspace").first()
        if token is None or not hmac.compare_digest(token.digest, digest) or not is_in_use(token, now=now):
            raise NotLetIn
        if not token.membership.user.is_active:
            raise NotLetIn
        return Caller(token, token.membership, _count(token, now))


def is_in_use(token: ApiToken, *, now: datetime) -> bool:
    """Say whether a token lets anybody in."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def list_tokens(workspace_id: int) -> Sequence[ApiToken]:
    """Return a firm's tokens, the latest first, with those that have ended; one query."""
    found = ApiToken.objects.filter(workspace=workspace_id).select_related("membership__user")
    return list(found.order_by("-pk")[:200])


def list_in_use(workspace_id: int, *, now: datetime) -> Sequence[ApiToken]:
    """Return the tokens that let somebody in."""
    found = ApiToken.objects.filter(workspace=workspace_id, revoked_at=None).order_by("-pk")
    return [token for token in found if is_in_use(token, now=now)]


def _count(token: ApiToken, now: datetime) -> Allowance:
    """Count a call within its minute. One over the limit does not count towards anything."""
    limit = settings.COUNTERFOIL_API_MINUTE_CALLS
    if token.minute_from is None or not token.minute_from <= now < token.minute_from + _MINUTE:
        token.minute_from, token.minute_calls = now, 0
    is_over = token.minute_calls >= limit
    if not is_over:
        token.minute_calls += 1
        token.last_used_at = now
        token.save(update_fields=["minute_from", "minute_calls", "last_used_at"])
    resets_in_s = ceil((token.minute_from + _MINUTE - now).total_seconds())
    return Allowance(limit, limit - token.minute_calls, resets_in_s, is_over)


def _keep_known(by: Membership, organisation_ids: Collection[int] | None) -> list[int] | None:
    if organisation_ids is None:
        return None
    found = Organisation.objects.filter(workspace=by.workspace_id, pk__in=organisation_ids)
    known = sorted(found.values_list("pk", flat=True))
    if not known:
        raise TokenRefused("Choose at least one organisation, or all of them.")
    return known


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
