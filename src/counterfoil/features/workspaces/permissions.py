"""Who may do what: one table, read by the pages, their buttons, the API and the documentation."""

from collections.abc import Mapping
from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    """What somebody is in a firm, from most to least."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


class Permission(StrEnum):
    """What somebody may be allowed to do in a firm."""

    READ = "read"
    WORK = "work"
    APPROVE = "approve"
    CONNECT = "connect"
    CONFIGURE = "configure"
    MANAGE_PEOPLE = "manage_people"
    SEE_AUDIT_LOG = "see_audit_log"
    OWN = "own"


_EVERYBODY = frozenset(Role)
_CONFIGURING = frozenset({Role.OWNER, Role.ADMIN})

# K5 and F2: only Owners and Admins connect and configure.
PERMISSIONS: Mapping[Permission, frozenset[Role]] = {
    Permission.READ: _EVERYBODY,
    Permission.WORK: _EVERYBODY - {Role.VIEWER},
    Permission.APPROVE: _CONFIGURING,
    Permission.CONNECT: _CONFIGURING,
    Permission.CONFIGURE: _CONFIGURING,
    Permission.MANAGE_PEOPLE: _CONFIGURING,
    Permission.SEE_AUDIT_LOG: _CONFIGURING,
    Permission.OWN: frozenset({Role.OWNER}),
}

DESCRIPTIONS: Mapping[Permission, str] = {
    Permission.READ: "See what is here: dashboard, invoices, contacts, syncs, settings",
    Permission.WORK: "Work with it: ask for a sync now, link, bill, remind",
    Permission.APPROVE: "Approve what is to be written to Xero",
    Permission.CONNECT: "Connect, reconnect and remove Xero organisations",
    Permission.CONFIGURE: "Change settings, and rename the firm",
    Permission.MANAGE_PEOPLE: "Invite people, change their roles, remove them",
    Permission.SEE_AUDIT_LOG: "Read the audit log",
    Permission.OWN: (
        "Make somebody an Owner or take that away, hand the firm over, take everything out, erase a person"
    ),
}


def is_allowed(role: str, permission: Permission) -> bool:
    """Say whether this role includes this permission; an unknown role includes none."""
    return role in PERMISSIONS[permission]


def name_roles(permission: Permission) -> str:
    """Return who may do it, in words: "Owner or Admin"."""
    *others, last = [str(role.label) for role in Role if role in PERMISSIONS[permission]]
    return f"{', '.join(others)} or {last}" if others else last
