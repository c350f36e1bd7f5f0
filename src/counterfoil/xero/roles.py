"""
What the role of the person who connected means for what can be read and written.

Source: Xero's OpenAPI file, OrganisationRole; Xero developer guide, changelog of 29 June 2026 (reports
and journals need the reporting permission of a Standard user).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RoleInXero:
    """A role in Xero's own name for it, and in plain words what will not work with it."""

    name: str
    limits: tuple[str, ...] = ()
    can_write: bool = True


_FEWER = "Only what this person may see in Xero arrives here; the rest is named as missing."

ROLES: dict[str, RoleInXero] = {
    "FINANCIALADVISER": RoleInXero("Adviser"),
    "STANDARD": RoleInXero(
        "Standard",
        ("Reports and manual journals stay out, unless this person may see reports in Xero.",),
    ),
    "INVOICEONLY": RoleInXero(
        "Invoice only",
        (_FEWER, "Writing works for invoices and contacts at most."),
    ),
    "READONLY": RoleInXero(
        "Read only", ("Nothing can be written to Xero, whatever was switched on here.",), can_write=False
    ),
    "CASHBOOKCLIENT": RoleInXero("Cashbook client", (_FEWER, "Invoices cannot be written."), can_write=False),
    "MANAGEDCLIENT": RoleInXero(
        "Managed client", (_FEWER, "Little or nothing can be written."), can_write=False
    ),
    "REMOVED": RoleInXero(
        "Removed",
        ("This person has left the organisation, so Xero ends the access. Reconnect as somebody else.",),
        can_write=False,
    ),
}


def describe_role(role: str) -> RoleInXero:
    """Return what a role means; one that is not in Xero's list keeps its word and promises nothing."""
    return ROLES.get(role) or RoleInXero(role.capitalize() if role else "")
