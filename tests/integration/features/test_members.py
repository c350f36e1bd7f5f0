"""The people of a firm, and the Owner that it always has."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from counterfoil.features.workspaces.audit import Act, let_entries_go
from counterfoil.features.workspaces.invitations import (
    LIVES,
    BelongsAlready,
    InvitationGone,
    accept_invitation,
    find_invitation,
    invite,
    revoke_invitation,
)
from counterfoil.features.workspaces.members import (
    LastOwner,
    NobodyThere,
    NotAllowed,
    change_role,
    hand_over,
    leave_firm,
    remove_member,
)
from counterfoil.features.workspaces.models import AuditEntry, Invitation, Membership, User
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import across_workspaces, in_workspace
from tests.integration.web.firms import Firm, add_person, make_firm

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def member_of(firm: Firm, user: User | None = None) -> Membership:
    return Membership.objects.select_related("user").get(user=user or firm.user, workspace=firm.workspace)


def join_as(firm: Firm, role: str) -> Membership:
    return member_of(firm, add_person(firm.workspace, role))


def acts_of(firm: Firm) -> list[str]:
    with firm.inside():
        return list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))


@pytest.mark.django_db
def test_a_role_is_changed_and_written_down() -> None:
    firm = make_firm()
    member = join_as(firm, Role.VIEWER)

    with firm.inside():
        change_role(by=member_of(firm), membership_id=member.pk, role=Role.ADMIN, now=NOW)

    member.refresh_from_db()
    assert member.role == Role.ADMIN
    with firm.inside():
        entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.what) == (Act.ROLE_CHANGED, f"{member.user.email} from Viewer to Admin")


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_members_and_viewers_change_nobody(role: Role) -> None:
    firm = make_firm(role=role)
    other = join_as(firm, Role.VIEWER)
    me = member_of(firm)

    with firm.inside():
        with pytest.raises(NotAllowed):
            change_role(by=me, membership_id=me.pk, role=Role.OWNER, now=NOW)
        with pytest.raises(NotAllowed):
            remove_member(by=me, membership_id=other.pk, now=NOW)
        with pytest.raises(NotAllowed):
            invite(by=me, email="new@firm.example", role=Role.VIEWER, by_mail=False, now=NOW)


@pytest.mark.django_db
def test_an_admin_neither_makes_owners_nor_touches_them() -> None:
    firm = make_firm(role=Role.ADMIN)
    me, owner = member_of(firm), Membership.objects.get(workspace=firm.workspace, role=Role.OWNER)

    with firm.inside():
        for target in (me, owner):
            with pytest.raises(NotAllowed):
                change_role(
                    by=me,
                    membership_id=target.pk,
                    role=Role.VIEWER if target == owner else Role.OWNER,
                    now=NOW,
                )
        with pytest.raises(NotAllowed):
            remove_member(by=me, membership_id=owner.pk, now=NOW)
        with pytest.raises(NotAllowed):
            hand_over(by=me, membership_id=me.pk, now=NOW)
        with pytest.raises(NotAllowed):
            invite(by=me, email="new@firm.example", role=Role.OWNER, by_mail=False, now=NOW)


@pytest.mark.django_db
def test_the_last_owner_neither_leaves_nor_steps_down_nor_is_removed() -> None:
    firm = make_firm()
    me = member_of(firm)

    with firm.inside():
        with pytest.raises(LastOwner):
            leave_firm(member=me, now=NOW)
        with pytest.raises(LastOwner):
            change_role(by=me, membership_id=me.pk, role=Role.ADMIN, now=NOW)
        with pytest.raises(LastOwner):
            remove_member(by=me, membership_id=me.pk, now=NOW)


@pytest.mark.django_db
def test_handing_over_makes_one_owner_of_another() -> None:
    firm = make_firm()
    heir = join_as(firm, Role.MEMBER)

    with firm.inside():
        hand_over(by=member_of(firm), membership_id=heir.pk, now=NOW)

    heir.refresh_from_db()
    assert (heir.role, member_of(firm).role) == (Role.OWNER, Role.ADMIN)
    assert acts_of(firm)[-1] == Act.OWNERSHIP_TRANSFERRED


@pytest.mark.django_db
def test_people_of_another_firm_are_out_of_reach() -> None:
    ours, theirs = make_firm(), make_firm()
    stranger = member_of(theirs)

    with ours.inside():
        for act in (remove_member, hand_over):
            with pytest.raises(NobodyThere):
                act(by=member_of(ours), membership_id=stranger.pk, now=NOW)
        with pytest.raises(NobodyThere):
            change_role(by=member_of(ours), membership_id=stranger.pk, role=Role.VIEWER, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_once_leave_one() -> None:
    firm = make_firm()
    one, two = member_of(firm), join_as(firm, Role.OWNER)
    together = Barrier(2)

    def demote(by: Membership, other: Membership) -> str:
        try:
            together.wait(timeout=10)
            with in_workspace(firm.workspace.pk):
                change_role(by=by, membership_id=other.pk, role=Role.MEMBER, now=NOW)
        except NotAllowed as refused:
            return type(refused).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(demote, one, two), pool.submit(demote, two, one)]
        said = sorted(outcome.result(timeout=30) for outcome in outcomes)

    assert said == ["NotAllowed", "done"]
    assert Membership.objects.filter(workspace=firm.workspace, role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_firm_without_an_owner_whoever_asks() -> None:
    firm = make_firm()
    one, two = member_of(firm), join_as(firm, Role.OWNER)
    both_written = Barrier(2)

    def demote(member: Membership) -> bool:
        """Write without any of our checks; each transaction still sees the other as Owner."""
        try:
            with transaction.atomic():
                Membership.objects.filter(pk=member.pk).update(role=Role.MEMBER)
                both_written.wait(timeout=10)
        except IntegrityError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(demote, [one, two], timeout=30))

    assert outcomes == [False, True]
    with pytest.raises(IntegrityError, match="no owner"):
        Membership.objects.filter(workspace=firm.workspace).delete()
    with across_workspaces():
        let_entries_go()
        Workspace.objects.filter(pk=firm.workspace.pk).delete()
    assert not Membership.objects.filter(workspace=firm.workspace).exists()


@pytest.mark.django_db
def test_a_link_works_once_and_for_a_week() -> None:
    firm, guest, late = make_firm(), make_firm(), make_firm()
    with firm.inside():
        invited = invite(
            by=member_of(firm), email="Guest@firm.example", role=Role.MEMBER, by_mail=False, now=NOW
        )
    assert find_invitation(invited.token, now=NOW + LIVES + timedelta(seconds=1)) is None

    joined = accept_invitation(token=invited.token, user=guest.user, now=NOW)

    assert (joined.workspace_id, joined.role) == (firm.workspace.pk, Role.MEMBER)
    with pytest.raises(InvitationGone):
        accept_invitation(token=invited.token, user=late.user, now=NOW)
    assert acts_of(firm)[-2:] == [Act.PERSON_INVITED, Act.PERSON_JOINED]


@pytest.mark.django_db
def test_the_database_holds_nothing_that_a_link_could_be_made_of() -> None:
    firm = make_firm()
    with firm.inside():
        invited = invite(by=member_of(firm), email="guest@x.example", role=Role.ADMIN, by_mail=True, now=NOW)
        row = str(Invitation.objects.values().get())

    secret = invited.token.partition("-")[2]
    assert len(secret) > 40
    assert secret not in row
    assert secret not in repr(invited)


@pytest.mark.django_db
def test_a_newer_link_ends_the_older_one_and_taking_back_ends_both() -> None:
    firm = make_firm()
    me = member_of(firm)
    with firm.inside():
        older = invite(by=me, email="guest@x.example", role=Role.MEMBER, by_mail=False, now=NOW)
        newer = invite(by=me, email="GUEST@x.example", role=Role.VIEWER, by_mail=False, now=NOW)

        assert find_invitation(older.token, now=NOW) is None
        assert find_invitation(newer.token, now=NOW) == newer.invitation

        revoke_invitation(by=me, invitation_id=newer.invitation.pk, now=NOW)

        assert find_invitation(newer.token, now=NOW) is None


@pytest.mark.django_db
@pytest.mark.parametrize("spoilt", ["", "-", "x-y", "1", "999999999999999999999999-x", "٣-x"])
def test_what_is_no_link_finds_nothing(spoilt: str) -> None:
    assert find_invitation(spoilt, now=NOW) is None


@pytest.mark.django_db
def test_a_link_with_the_number_of_another_firm_finds_nothing() -> None:
    firm, other = make_firm(), make_firm()
    with firm.inside():
        invited = invite(by=member_of(firm), email="a@x.example", role=Role.OWNER, by_mail=False, now=NOW)
    secret = invited.token.partition("-")[2]

    assert find_invitation(f"{other.workspace.pk}-{secret}", now=NOW) is None


@pytest.mark.django_db
def test_who_belongs_to_the_firm_is_not_invited_again_and_keeps_their_role() -> None:
    firm = make_firm()
    member = join_as(firm, Role.ADMIN)
    with firm.inside():
        with pytest.raises(BelongsAlready):
            invite(
                by=member_of(firm),
                email=member.user.email.upper(),
                role=Role.VIEWER,
                by_mail=False,
                now=NOW,
            )
        invited = invite(by=member_of(firm), email="b@x.example", role=Role.VIEWER, by_mail=False, now=NOW)

    accept_invitation(token=invited.token, user=member.user, now=NOW)

    member.refresh_from_db()
    assert member.role == Role.ADMIN
    assert find_invitation(invited.token, now=NOW) == invited.invitation
