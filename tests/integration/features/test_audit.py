"""The audit log keeps who did what, apart for each firm."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from counterfoil.features.workspaces.audit import PAGE_SIZE, Act, acting_through, list_entries, record
from counterfoil.features.workspaces.models import AuditEntry
from counterfoil.web.downloads import FORMS
from tests.factories.workbook import read_workbook
from tests.integration.web.firms import add_person, make_firm

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_an_entry_keeps_the_name_of_who_did_it_when_they_are_gone() -> None:
    firm = make_firm()
    add_person(firm.workspace)
    with firm.inside():
        record(workspace_id=firm.workspace.pk, act=Act.FIRM_RENAMED, who=firm.user, what="Ours", now=NOW)
    number, email = firm.user.pk, firm.user.email

    firm.user.delete()

    with firm.inside():
        entry = AuditEntry.objects.latest("pk")
    assert (entry.who_id, entry.who_name, entry.what, entry.at) == (number, email, "Ours", NOW)


@pytest.mark.django_db
def test_pages_follow_one_another_without_a_gap() -> None:
    firm, other = make_firm(), make_firm()
    for owner, count in ((firm, PAGE_SIZE + 3), (other, 2)):
        with owner.inside():
            for number in range(count):
                record(workspace_id=owner.workspace.pk, act=Act.PERSON_INVITED, what=f"{number}", now=NOW)

    with firm.inside():
        first = list_entries(workspace_id=firm.workspace.pk)
        second = list_entries(workspace_id=firm.workspace.pk, before=first.next_before)

    *seen, founded = [*first.entries, *second.entries]
    assert [int(entry.what) for entry in seen] == list(reversed(range(PAGE_SIZE + 3)))
    assert founded.act == Act.FIRM_FOUNDED
    assert second.next_before is None


@pytest.mark.django_db
def test_another_firm_cannot_read_it() -> None:
    ours, theirs = make_firm(), make_firm()
    with theirs.inside():
        record(workspace_id=theirs.workspace.pk, act=Act.PERSON_INVITED, what="secret plan", now=NOW)

    with ours.inside():
        assert {entry.workspace_id for entry in AuditEntry.objects.all()} == {ours.workspace.pk}
    assert "secret plan" not in ours.client.get("/settings/audit/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Renamed the firm Ours", "Invited ada@firm.example", "Founded the firm Our firm"]),
        ("area=person", ["Invited ada@firm.example"]),
        ("q=ADA%40", ["Invited ada@firm.example"]),
        ("q=nightly", ["Invited ada@firm.example"]),
        ("first=2026-11-23", ["Renamed the firm Ours"]),
        ("last=2026-11-22&area=firm", ["Founded the firm Our firm"]),
        (
            "area=nonsense&first=never&q=%00",
            ["Renamed the firm Ours", "Invited ada@firm.example", "Founded the firm Our firm"],
        ),
    ],
)
def test_the_log_is_filtered_and_taken_along_in_three_forms(query: str, found: list[str]) -> None:
    firm = make_firm()
    with firm.inside():
        with acting_through("token Nightly of Mara"):
            record(
                workspace_id=firm.workspace.pk,
                act=Act.PERSON_INVITED,
                who=firm.user,
                what="ada@firm.example",
                now=NOW,
            )
        record(workspace_id=firm.workspace.pk, act=Act.FIRM_RENAMED, what="Ours", now=NOW + timedelta(days=1))

    files = {form: read(firm.client.get(f"/settings/audit/?{query}&form={form}"), form) for form in FORMS}

    for rows in files.values():
        assert [f"{row['done']} {row['what']}" for row in rows] == found
    page = firm.client.get(f"/settings/audit/?{query}").content.decode()
    assert page.count('<td class="whole"><span class="strong">') == len(found)


def read(answer: Any, form: str) -> list[dict[str, Any]]:
    """Return the rows of a file."""
    content = b"".join(answer.streaming_content)
    if form == "ndjson":
        return [json.loads(line) for line in content.decode().splitlines()]
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    return read_workbook(content)
