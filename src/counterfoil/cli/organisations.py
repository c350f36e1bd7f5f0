"""Finds the organisation that a command means; it never guesses."""

from counterfoil.cli.speech import Exit, Stopped
from counterfoil.mirror.models import Organisation, Workspace


def find_organisation(wanted: str | None) -> Organisation:
    """
    Return the one organisation that is meant; call it across workspaces.

    Without a wish there must be exactly one that is connected. Raises Stopped with the choices.
    """
    connected = Organisation.objects.filter(connection__isnull=False).order_by("name", "pk")
    if wanted is None:
        found = list(connected)
        if not found:
            raise Stopped(
                "No organisation is connected. Connect one in the pages,"
                " or with: counterfoil connect --custom",
                Exit.PERSON_MUST_ACT,
            )
        if len(found) > 1:
            raise Stopped(
                f"Several organisations are connected; say which with --org: {_list(found)}", Exit.USAGE
            )
        return found[0]
    found = [
        organisation
        for organisation in connected
        if wanted.casefold()
        in (organisation.name.casefold(), organisation.tenant_id.casefold(), str(organisation.pk))
    ]
    if len(found) != 1:
        kind = "No connected organisation is" if not found else "Several organisations are"
        raise Stopped(f"{kind} called {wanted!r}. Connected are: {_list(list(connected))}", Exit.USAGE)
    return found[0]


def find_workspace(name: str | None) -> Workspace:
    """Return the firm of this name, or the only one. Raises Stopped with the choices."""
    firms = list(Workspace.objects.order_by("pk") if name is None else Workspace.objects.filter(name=name))
    if len(firms) == 1:
        return firms[0]
    names = ", ".join(firm.name for firm in Workspace.objects.order_by("pk"))
    raise Stopped(f"Say which firm is meant with --workspace: {names or 'there is none yet'}", Exit.USAGE)


def _list(organisations: list[Organisation]) -> str:
    return ", ".join(f"{one.name} ({one.pk})" for one in organisations) or "none"
