"""Nothing is written by a connection that may not (K3, K24), and the role in Xero is known (K5, X33)."""

import pytest
from django.utils import timezone

from counterfoil.features.connections.cards import describe_permissions
from counterfoil.mirror.models import Connection, ConnectionEvent, Grant, Organisation, Usage
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.rights import NotTwoWay, require_two_way
from counterfoil.xero.scopes import READ_SCOPES, Write, list_wanted_scopes
from tests.integration.sync.conftest import Mirrored
from tests.integration.web.firms import Firm, make_firm, make_organisation


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


def give(firm: Firm, organisation: Organisation, **fields: object) -> Connection:
    """Give the connection these fields; `scopes` go to its grant."""
    with firm.inside():
        connection = Connection.objects.select_related("grant").get(organisation=organisation)
        scopes = fields.pop("scopes", list(list_wanted_scopes([Write.INVOICES])))
        Grant.objects.filter(pk=connection.grant_id).update(scopes=scopes, asked_scopes=scopes)
        Connection.objects.filter(pk=connection.pk).update(**fields)
        return Connection.objects.select_related("grant").get(pk=connection.pk)


TWO_WAY = {"mode": Connection.Mode.TWO_WAY, "writes": ["invoices"]}


def test_what_was_switched_on_and_granted_may_be_written(firm: Firm) -> None:
    require_two_way(give(firm, make_organisation(firm), **TWO_WAY), Write.INVOICES)


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"mode": Connection.Mode.READ_ONLY, "writes": ["invoices"]}, "connected read-only"),
        ({**TWO_WAY, "writes": ["contacts"]}, "not among the things"),
        ({**TWO_WAY, "scopes": list(READ_SCOPES)}, "Xero did not grant the permission"),
        ({**TWO_WAY, "state": Connection.State.LOST}, "Access to this organisation is lost"),
        ({**TWO_WAY, "role": "READONLY"}, "The role Read only in Xero does not allow it"),
        ({**TWO_WAY, "role": "REMOVED"}, "The role Removed in Xero does not allow it"),
    ],
)
def test_whoever_may_not_write_is_refused_with_the_reason(
    firm: Firm, fields: dict[str, object], because: str
) -> None:
    connection = give(firm, make_organisation(firm), **fields)

    with pytest.raises(NotTwoWay, match=because):
        require_two_way(connection, Write.INVOICES)


def test_a_read_only_connection_writes_nothing_even_with_a_permission_left_from_earlier(firm: Firm) -> None:
    connection = give(firm, make_organisation(firm), mode=Connection.Mode.READ_ONLY)

    with firm.inside():
        permissions = describe_permissions(connection)

    assert list(permissions.unused) == ["accounting.invoices"]
    assert permissions.missing == []
    with pytest.raises(NotTwoWay):
        require_two_way(connection, Write.INVOICES)


def test_the_doctor_names_what_does_not_work_for_want_of_a_permission(firm: Firm) -> None:
    granted = [scope for scope in READ_SCOPES if "payments" not in scope and "reports" not in scope]
    connection = give(firm, make_organisation(firm), scopes=granted)

    with firm.inside():
        permissions = describe_permissions(connection)

    assert [need.what for need in permissions.missing] == [
        "Payments",
        "Prepayments",
        "Overpayments",
        "Batch payments",
        "Profit and loss report",
        "Trial balance",
        "Balance sheet",
    ]


def test_the_doctor_tells_when_broad_permissions_end(firm: Firm) -> None:
    broad = list(list_wanted_scopes(broad=True))
    connection = give(firm, make_organisation(firm), scopes=broad)

    with firm.inside():
        permissions = describe_permissions(connection)

    assert permissions.missing == []
    assert list(permissions.broad) == ["accounting.transactions.read", "accounting.reports.read"]
    assert permissions.broad_end == "13 September 2027"


def test_a_sync_of_everything_makes_no_call_that_could_change_xero(mirrored: Mirrored) -> None:
    mirrored.sync("full")

    with across_workspaces():
        spent = list(Usage.objects.values_list("calls", "writes"))
    assert sum(calls for calls, _ in spent) > 20
    assert sum(writes for _, writes in spent) == 0


def test_a_downgraded_role_is_noticed_at_the_next_daily_check(mirrored: Mirrored) -> None:
    organisation = mirrored.organisation
    with in_workspace(organisation.workspace_id):
        Grant.objects.update(email="robin@brightwater.example")
    mirrored.sync("full")
    with in_workspace(organisation.workspace_id):
        assert Connection.objects.get().role == "FINANCIALADVISER"
    mirrored.sandbox.act(organisation.tenant_id, "role", role="READONLY")

    mirrored.sync("sweep")

    with in_workspace(organisation.workspace_id):
        assert Connection.objects.get().role == "READONLY"
        event = ConnectionEvent.objects.get(kind=ConnectionEvent.Kind.ROLE_CHANGED)
    assert event.what == "From Adviser to Read only."
    assert event.at <= timezone.now()
