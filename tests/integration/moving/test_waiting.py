"""An export that was asked for on a page is written by a worker, waits to be fetched, and goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from counterfoil.features.clients.models import Client
from counterfoil.features.moving import waiting
from counterfoil.features.moving.archives import read_page
from counterfoil.features.moving.models import Takeout, TakeoutPiece
from counterfoil.features.moving.waiting import (
    ExportUnderWay,
    ask_for_takeout,
    list_takeouts,
    open_takeout,
    write_takeout,
)
from counterfoil.features.workspaces.models import AuditEntry
from tests.integration.web.firms import NOW, Firm, make_firm


def write(firm: Firm) -> Takeout:
    with firm.inside():
        asked = ask_for_takeout(workspace_id=firm.workspace.pk, who=firm.user, now=NOW)
    write_takeout(asked.pk, workspace_id=firm.workspace.pk, now=lambda: NOW)
    with firm.inside():
        return Takeout.objects.get(pk=asked.pk)


@pytest.mark.django_db
def test_what_is_fetched_is_the_whole_export_and_the_log_says_who_did(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(waiting, "_PIECE", 1000)  # so that there are several
    firm = make_firm()
    with firm.inside():
        Client.objects.create(workspace=firm.workspace, name="Kōwhai", created_at=NOW)

    takeout = write(firm)
    with firm.inside():
        pieces = list(open_takeout(takeout, who=firm.user, now=NOW))
    (path := tmp_path / "firm.zip").write_bytes(b"".join(pieces))

    assert len(pieces) > 1
    assert takeout.state == "ready"
    assert takeout.size == path.stat().st_size
    assert read_page(path).parts["clients_client"].rows == 1
    with firm.inside():
        acts = list(AuditEntry.objects.order_by("pk").values_list("act", "who"))
    assert acts[-2:] == [("firm.taken_out", firm.user.pk), ("firm.export_fetched", firm.user.pk)]


@pytest.mark.django_db
def test_one_export_is_under_way_at_a_time_and_a_new_one_takes_the_place_of_the_last() -> None:
    firm = make_firm()
    first = write(firm)

    with firm.inside():
        second = ask_for_takeout(workspace_id=firm.workspace.pk, who=firm.user, now=NOW)
        with pytest.raises(ExportUnderWay):
            ask_for_takeout(workspace_id=firm.workspace.pk, who=firm.user, now=NOW)

        assert [one.pk for one in list_takeouts(now=NOW)] == [second.pk]
        assert not TakeoutPiece.objects.filter(takeout=first.pk).exists()


@pytest.mark.django_db
def test_an_export_is_no_longer_offered_after_its_days() -> None:
    firm = make_firm()
    write(firm)

    with firm.inside():
        assert len(list_takeouts(now=NOW + timedelta(days=2))) == 1
        assert list_takeouts(now=NOW + timedelta(days=3)) == []


@pytest.mark.django_db
def test_an_export_that_finds_no_room_says_so_and_another_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find_no_room(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(waiting, "take_out", find_no_room)
    firm = make_firm()

    failed = write(firm)

    assert failed.state == "failed"
    assert failed.sentence.startswith("The export could not be written: No space left on device.")
    with firm.inside():
        ask_for_takeout(workspace_id=firm.workspace.pk, who=firm.user, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_how_far_an_export_is_shows_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = make_firm()
    seen: list[tuple[str, int]] = []

    def look(*_: object, tell: object, **__: object) -> None:
        assert callable(tell)
        tell(7, 90)
        with firm.inside():
            seen.extend(Takeout.objects.values_list("state", "tables_done"))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(waiting, "take_out", look)

    write(firm)

    assert seen == [("writing", 7)]
    assert not connection.in_atomic_block
