"""Contact fields that go both ways, through the API: decided as they were seen, and taken back."""

from typing import Any

import pytest

from counterfoil.features.clients.models import Link
from counterfoil.mirror.models import Organisation
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.sync.outbox.wishing import make_two_way
from tests.integration.two_way.linked import (
    OURS,
    THEIRS,
    link_in_conflict,
    reload,
)
from tests.integration.web.firms import Firm


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    return make_two_way(firm)


@pytest.fixture
def link(firm: Firm, organisation: Organisation) -> Link:
    """A client whose e-mail address was changed on both sides."""
    return link_in_conflict(firm, organisation)


def find_waiting(program: Program, organisation: Organisation) -> dict[str, Any]:
    [found] = program.get(f"organisations/{organisation.pk}/conflicts").json()["data"]
    return dict(found)


def test_a_field_is_decided_as_it_was_seen_and_taken_back(
    firm: Firm, organisation: Organisation, program: Program, link: Link
) -> None:
    home, found = f"organisations/{organisation.pk}/conflicts", find_waiting(program, organisation)
    path = f"{home}/{found['id']}"

    unseen = program.post(f"{path}/decide", {"choice": "theirs", "seen": "0"})
    decided = program.post(f"{path}/decide", {"choice": "theirs", "seen": found["seen"]}).json()
    after = reload(firm, link).email
    again = program.post(f"{path}/decide", {"choice": "ours", "seen": found["seen"]})
    undone = program.post(f"{home}/undo").json()

    assert (found["field"], found["ours"], found["theirs"]) == ("email", OURS, THEIRS)
    assert problem(unseen)["type"] == problem(again)["type"] == "/api/#not-possible-now"
    assert (decided["choice"], decided["chosen"], after) == ("theirs", THEIRS, THEIRS)
    assert (undone, reload(firm, link).email) == ({"fields": 1}, OURS)
    assert find_waiting(program, organisation) == program.get(path).json()


def test_one_field_is_decided_for_everybody_and_listed_as_decided(
    firm: Firm, organisation: Organisation, program: Program, link: Link
) -> None:
    home = f"organisations/{organisation.pk}/conflicts"
    asked = {"choice": "theirs", "until": "2100-01-01T00:00:00Z"}

    odd = program.post(f"{home}/decide-all", {"field": "odd", **asked})
    done = program.post(f"{home}/decide-all", {"field": "email", **asked}).json()

    assert problem(odd)["type"] == "/api/#not-valid"
    assert done == {"fields": 1}
    assert program.get(home).json()["data"] == []
    assert [one["choice"] for one in program.get(f"{home}?show=decided").json()["data"]] == ["theirs"]


def test_fields_are_switched_both_ways_and_back(organisation: Organisation, program: Program) -> None:
    path = f"organisations/{organisation.pk}/contact-fields"

    before = program.get(path).json()
    on = program.post(path, {"is_on": True, "at_first": "theirs"}).json()
    nothing = program.post(f"{path}/agree", {"plan": "x"})
    off = program.post(path, {"is_on": False}).json()

    assert (before["is_on"], before["preview"]["differ"]) == (False, 0)
    assert (on["is_on"], on["at_first"], on["preview"]) == (True, "theirs", None)
    assert problem(nothing)["type"] == "/api/#not-possible-now"
    assert off["is_on"] is False
