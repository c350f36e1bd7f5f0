"""People: one's own sign-in, and the people of the firm."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.invitations import (
    Invited,
    find_invitation,
    get_open,
    invite,
    list_open,
    revoke_invitation,
)
from counterfoil.features.workspaces.members import (
    NotAllowed,
    PeopleRefused,
    change_role,
    hand_over,
    leave_firm,
    remove_member,
)
from counterfoil.features.workspaces.models import Membership
from counterfoil.features.workspaces.operations import rename_firm
from counterfoil.features.workspaces.permissions import DESCRIPTIONS, PERMISSIONS, Permission, Role
from counterfoil.features.workspaces.queries import list_people
from counterfoil.web.forms import FirmForm, InviteForm
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.joining import join_pending, remember_invitation
from counterfoil.web.requests import CHOSEN_FIRM, FirmRequest


@require_GET
@login_required
def show_security(request: HttpRequest) -> HttpResponse:
    """Show how this person signs in; it is theirs alone and needs no firm."""
    details = {
        "linked": list(SocialAccount.objects.filter(user=request.user.pk)),
        "factors": set(Authenticator.objects.filter(user=request.user.pk).values_list("type", flat=True)),
    }
    return render(request, "settings/security.html", details)


@require_GET
@for_firm
def show_people(request: FirmRequest) -> HttpResponse:
    """Show who belongs to the firm, who is invited, and what each role may do."""
    return _show_people(request, InviteForm(roles=_list_roles(request.membership)))


@never_cache
@require_POST
@for_people_who_may(Permission.MANAGE_PEOPLE)
def invite_person(request: FirmRequest) -> HttpResponse:
    """Invite by letter, or show the link to copy where no mail server is set up."""
    form = InviteForm(request.POST, roles=_list_roles(request.membership))
    if not form.is_valid():
        return _show_people(request, form, status=422)
    return _invite(request, email=form.cleaned_data["email"], role=form.cleaned_data["role"])


@never_cache
@require_POST
@for_people_who_may(Permission.MANAGE_PEOPLE)
def renew_invitation(request: FirmRequest, invitation_id: int) -> HttpResponse:
    """Send a new link to somebody who has lost theirs; the old one stops working."""
    try:
        invitation = get_open(request.membership, invitation_id)
    except PeopleRefused as reason:
        return _refuse(request, reason)
    return _invite(request, email=invitation.email, role=invitation.role)


@require_POST
@for_people_who_may(Permission.MANAGE_PEOPLE)
def revoke(request: FirmRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    return _do(
        request,
        lambda: revoke_invitation(by=request.membership, invitation_id=invitation_id, now=timezone.now()),
        lambda invitation: f"The invitation to {invitation.email} is taken back; its link no longer works.",
    )


@require_POST
@for_people_who_may(Permission.MANAGE_PEOPLE)
def change(request: FirmRequest, membership_id: int) -> HttpResponse:
    """Give a person another role."""
    role = request.POST.get("role", "")
    if role not in Role.values:
        raise Http404("There is no such role.")
    return _do(
        request,
        lambda: change_role(
            by=request.membership, membership_id=membership_id, role=role, now=timezone.now()
        ),
        lambda member: f"{name_person(member.user)} is {member.get_role_display()} now.",
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.MANAGE_PEOPLE)
def remove(request: FirmRequest, membership_id: int) -> HttpResponse:
    """Say what removing a person means, and do it once confirmed."""
    if request.method == "GET":
        member = _get_member(request, membership_id)
        return render(request, "settings/remove_person.html", {"member": member})
    return _do(
        request,
        lambda: remove_member(by=request.membership, membership_id=membership_id, now=timezone.now()),
        lambda member: f"{name_person(member.user)} no longer belongs to the firm.",
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.OWN)
def hand_firm_over(request: FirmRequest, membership_id: int) -> HttpResponse:
    """Say what handing the firm over means, and do it once confirmed."""
    if request.method == "GET":
        member = _get_member(request, membership_id)
        return render(request, "settings/hand_over.html", {"member": member})
    return _do(
        request,
        lambda: hand_over(by=request.membership, membership_id=membership_id, now=timezone.now()),
        lambda heir: f"{name_person(heir.user)} is Owner now, and you are Admin.",
    )


@require_http_methods(["GET", "POST"])
@for_firm
def leave(request: FirmRequest) -> HttpResponse:
    """Say what leaving means, and do it once confirmed."""
    if request.method == "GET":
        return render(request, "settings/leave.html")
    name = request.membership.workspace.name
    return _do(
        request,
        lambda: leave_firm(member=request.membership, now=timezone.now()),
        lambda _: f"You have left {name}.",
        then="dashboard",
    )


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def rename(request: FirmRequest) -> HttpResponse:
    """Give the firm another name."""
    form = FirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A firm needs a name of at most 200 characters. Nothing was changed.")
        return redirect("settings")
    name = form.cleaned_data["name"]
    return _do(
        request,
        lambda: rename_firm(by=request.membership, name=name, now=timezone.now()),
        lambda _: f"The firm is called {name} now.",
        then="settings",
    )


@require_POST
@for_firm
def switch_firm(request: FirmRequest) -> HttpResponse:
    """Go on working for another of one's firms."""
    chosen = request.POST.get("firm", "")
    if chosen not in {str(membership.workspace_id) for membership in request.memberships}:
        raise Http404("You do not belong to this firm.")
    request.session[CHOSEN_FIRM] = int(chosen)
    return redirect("dashboard")


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites, let a new person sign up and an old one sign in, and join."""
    invitation = find_invitation(token, now=timezone.now())
    if invitation is None:
        return render(request, "joining/gone.html", status=404)
    remember_invitation(request, token)
    if request.method == "POST" and request.user.is_authenticated:
        member = join_pending(request, request.user, now=timezone.now())
        messages.success(
            request, f"Welcome to {member.workspace.name}. You are {member.get_role_display()} there."
        )
        return redirect("dashboard")
    belongs = invitation.workspace_id in {one.workspace_id for one in getattr(request, "memberships", ())}
    return render(request, "joining/join.html", {"invitation": invitation, "belongs": belongs})


def _invite(request: FirmRequest, *, email: str, role: str) -> HttpResponse:
    try:
        invited = invite(
            by=request.membership,
            email=email,
            role=role,
            by_mail=settings.COUNTERFOIL_HAS_MAIL,
            now=timezone.now(),
        )
    except PeopleRefused as reason:
        return _refuse(request, reason)
    link = f"{settings.COUNTERFOIL_URL}{reverse('join', args=[invited.token])}"
    if not settings.COUNTERFOIL_HAS_MAIL:
        # Shown once, on this page alone: a redirect would have to keep it somewhere.
        form = InviteForm(roles=_list_roles(request.membership))
        return _show_people(request, form, invited=invited, link=link)
    _send(request, invited, link)
    messages.success(request, f"A letter with the invitation is on its way to {email}.")
    return redirect("people")


def _send(request: FirmRequest, invited: Invited, link: str) -> None:
    details = {"invitation": invited.invitation, "firm": request.membership.workspace.name, "link": link}
    subject = " ".join(f"{invited.invitation.invited_by} invites you to {details['firm']}".split())
    body = render_to_string("joining/letter.txt", details)
    send_mail(subject, body, None, [invited.invitation.email])


def _show_people(
    request: FirmRequest,
    form: InviteForm,
    *,
    invited: Invited | None = None,
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    workspace_id, may = request.membership.workspace_id, request.membership.may
    details: dict[str, Any] = {
        "people": [
            (member, _list_roles(request.membership, member))
            for member in list_people(workspace_id=workspace_id)
        ],
        "invitations": list_open(workspace_id=workspace_id) if may(Permission.MANAGE_PEOPLE) else [],
        "form": form,
        "invited": invited,
        "link": link,
        "now": timezone.now(),
        "roles": list(Role),
        "permissions": [
            (
                DESCRIPTIONS[permission],
                [role in PERMISSIONS[permission] for role in Role],
                ", ".join(role.label for role in Role if role in PERMISSIONS[permission]),
            )
            for permission in Permission
        ],
    }
    return render(request, "settings/people.html", details, status=status)


def _list_roles(by: Membership, member: Membership | None = None) -> list[Role]:
    """Return the roles that this person may give, to that member or to somebody invited."""
    if not by.may(Permission.MANAGE_PEOPLE):
        return []
    if by.may(Permission.OWN):
        return list(Role)
    if member is not None and member.role == Role.OWNER:
        return []
    return [role for role in Role if role != Role.OWNER]


def _get_member(request: FirmRequest, membership_id: int) -> Membership:
    people = list_people(workspace_id=request.membership.workspace_id)
    member = next((member for member in people if member.pk == membership_id), None)
    if member is None:
        raise Http404("This person does not belong to your firm.")
    return member


def _do(
    request: FirmRequest, act: Callable[[], Any], say: Callable[[Any], str], *, then: str = "people"
) -> HttpResponse:
    try:
        done = act()
    except PeopleRefused as reason:
        return _refuse(request, reason)
    messages.success(request, say(done))
    return redirect(then)


def _refuse(request: FirmRequest, reason: PeopleRefused) -> HttpResponse:
    if isinstance(reason, NotAllowed):
        return render(request, "errors/refused.html", {"reason": reason}, status=403)
    messages.warning(request, str(reason))
    return redirect("people")
