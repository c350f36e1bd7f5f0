"""The role of the person who connected: what it forbids is refused, and Users tells of it."""

from xero_sandbox.books.organisation import Organisation


def set_role(organisation: Organisation, role: str) -> None:
    """Give the person who connected, who is the subscriber, another role."""
    organisation.role = role
    users = organisation.tables["Users"]
    for row in list(users):
        user = row.read()
        if user.get("IsSubscriber"):
            users.put(user | {"OrganisationRole": role})
