"""What a connection may do: by its mode, its permissions, and the role in Xero of whoever gave them."""

from datetime import datetime

from django.db.models import Q

from counterfoil.domain.identifiers import TenantId
from counterfoil.mirror.models import Connection, ConnectionEvent, StreamRun, XeroUser
from counterfoil.sync.history import note_events
from counterfoil.xero.roles import describe_role
from counterfoil.xero.scopes import Write, can_write
from counterfoil.xero.writing import Right


class NotTwoWay(Exception):
    """This connection may not write that to Xero; the sentence says why, and what to do."""


def require_two_way(connection: Connection, write: Write) -> None:
    """
    Let nobody pass who may not write this; whoever builds a writer calls it first (K3).

    A read-only connection is refused even when Xero granted more than was asked for. Raises NotTwoWay.
    """
    if connection.state == Connection.State.LOST:
        raise NotTwoWay("Access to this organisation is lost. Reconnect Xero first.")
    if connection.mode != Connection.Mode.TWO_WAY:
        raise NotTwoWay("This organisation is connected read-only. Make it two-way in Settings, Account.")
    if write not in connection.writes:
        raise NotTwoWay(
            "This is not among the things that Counterfoil may write. Tick it in Settings, Account."
        )
    if not can_write(connection.grant.scopes, write):
        raise NotTwoWay("Xero did not grant the permission for this. Reconnect Xero and allow it there.")
    role = describe_role(connection.role)
    if not role.can_write:
        raise NotTwoWay(
            f"The role {role.name} in Xero does not allow it. Let an Adviser or Standard user reconnect."
        )


def give_right(connection: Connection, write: Write) -> Right:
    """Return the right without which there is no writer; nothing else gives it. Raises NotTwoWay."""
    require_two_way(connection, write)
    return Right(TenantId(connection.organisation.tenant_id), write, tuple(connection.grant.scopes))


def note_role(connection: Connection, *, run_id: int, now: datetime) -> None:
    """Keep the role in Xero of the person who connected, when this run has read the users (K5, X33)."""
    grant = connection.grant
    has_read_users = StreamRun.objects.filter(run=run_id, stream="Users", state=StreamRun.State.DONE).exists()
    if not has_read_users or not (grant.xero_user_id or grant.email):
        return
    same_person = Q(xero_id=grant.xero_user_id)
    if grant.email:
        same_person |= Q(email__iexact=grant.email)
    user = XeroUser.objects.filter(
        same_person, organisation_id=connection.organisation_id, gone_at=None
    ).first()
    role = user.role if user else ""
    before = Connection.objects.values_list("role", flat=True).get(pk=connection.pk)
    if role == before:
        return
    Connection.objects.filter(pk=connection.pk).update(role=role)
    if before and role:
        what = f"From {describe_role(before).name} to {describe_role(role).name}."
        note_events([connection], ConnectionEvent.Kind.ROLE_CHANGED, what=what, now=now)
