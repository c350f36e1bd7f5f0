"""Makes roles for tools that speak SQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_workspace
from counterfoil.cli.speech import Exit, Stopped, remark, say
from counterfoil.features.publishing import roles
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import in_workspace


def make_role(*, workspace: str | None, name: str | None) -> None:
    """Make the role, and show once how to sign in with it."""
    with _in_firm(workspace) as firm:
        made = roles.make_reader(workspace=firm, name=name, now=timezone.now())
        _have_run(made.to_run)
        say(made.where)
        say(f"password={made.password}")
    remark(f"{made.name} reads {firm.name} in the schema reporting. The password is shown this once.")


def end_role(*, workspace: str | None, name: str) -> None:
    """Take the role away."""
    with _in_firm(workspace) as firm:
        _have_run(roles.end_reader(workspace=firm, name=name, now=timezone.now()))
    remark(f"{name} reads nothing of {firm.name} any more.")


def _have_run(statements: list[str]) -> None:
    if statements:
        remark("This server does not let Counterfoil make roles. Have an administrator of it run:")
        for statement in statements:
            remark(f"  {statement};")


@contextmanager
def _in_firm(workspace: str | None) -> Iterator[Workspace]:
    with open_database():
        firm = find_workspace(workspace)
        try:
            with in_workspace(firm.pk):
                yield firm
        except (roles.NotAName, roles.NameTaken, roles.NoSuchReader) as wrong:
            raise Stopped(str(wrong), Exit.USAGE) from wrong
        except roles.NoViews as missing:
            raise Stopped(str(missing), Exit.PERSON_MUST_ACT) from missing
