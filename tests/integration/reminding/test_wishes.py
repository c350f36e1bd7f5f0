"""Who wants messages and who does not: looked up, noted with its proof, out as a file and in again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.features.reminding.ledger import get_ledger_key, make_digest, read_wishes
from counterfoil.features.reminding.ledger_files import COLUMNS, take_file, write_rows
from counterfoil.features.reminding.models import Held, LedgerEntry
from counterfoil.web.downloads import write_file
from tests.integration.reminding.conftest import NUMBER, Desk, make_desk
from tests.integration.web.addresses import read_whole


def post(desk: Desk, path: str, form: dict[str, Any]) -> Any:
    return desk.firm.client.post(f"/o/{desk.organisation.pk}/reminders/{path}", form)


def note(desk: Desk, **form: str) -> Any:
    said = {"address": "021 123 4567", "act": "stopped", "day": "2026-11-20", "note": "By telephone"}
    return post(desk, "wishes/note/", said | form)


def entries(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.firm.inside():
        return list(LedgerEntry.objects.order_by("pk").values_list("act", "source", "note"))


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_what_somebody_said_by_telephone_is_noted_and_holds(desk: Desk) -> None:
    answer = note(desk)
    desk.invoice(desk.customer())
    desk.campaign()
    desk.send()

    page = text_of(post(desk, "wishes/look/", {"address": "+64 21 123 4567"}))
    assert answer.status_code == 302
    assert entries(desk) == [("stopped", "person", "By telephone")]
    assert desk.messages() == [("dropped", "opted_out")]
    assert "Wants no messages" in page
    assert "By telephone" in page


def test_a_consent_is_noted_with_its_basis_and_words_and_never_without(desk: Desk) -> None:
    refused = note(desk, act="consented")
    taken = note(desk, act="consented", basis="express", shown="I agree to texts about my invoices")

    with desk.firm.inside():
        entry = LedgerEntry.objects.get()
    assert (refused.status_code, taken.status_code) == (422, 302)
    assert (entry.basis, entry.shown) == ("express", "I agree to texts about my invoices")


@pytest.mark.parametrize("act", ["started", "misread"])
def test_nobody_here_takes_a_wish_to_stop_back(desk: Desk, act: str) -> None:
    assert note(desk, act=act).status_code == 422
    assert entries(desk) == []


def test_a_list_of_a_provider_is_taken_once_and_names_the_lines_that_are_wrong(desk: Desk) -> None:
    lines = "Number,Date\n021 123 4567,2026-11-01\n09 379 1234,2026-11-01\nx@harbour.example,2026-11-02\n"

    for _ in range(2):
        file = SimpleUploadedFile("list.csv", lines.encode())
        answer = post(desk, "wishes/file/", {"file": file})

    page = text_of(desk.firm.client.get(answer.headers["Location"]))
    assert "0 noted, 2 known before" in page
    assert "Line 3: 09 379 1234 is a landline." in page
    assert entries(desk) == [("stopped", "import", "")] * 2


def test_the_file_names_nobody_and_a_changed_line_is_not_taken(desk: Desk) -> None:
    note(desk)
    answer = desk.firm.client.get(f"/o/{desk.organisation.pk}/reminders/wishes/export/")
    content = read_whole(answer).encode()
    changed = content.replace(b"stopped", b"started")

    with desk.firm.inside():
        taken = take_file(desk.organisation, changed, is_for_all=False, by=desk.firm.user, now=desk.now)

    assert b"1234567" not in content
    assert taken.noted == 0
    assert "was changed since" in taken.problems[0]


def test_everything_about_one_person_is_one_file(desk: Desk) -> None:
    desk.invoice(desk.customer(), number="INV-7")
    desk.campaign()
    desk.send()
    desk.receive("STOP")

    answer = post(desk, "wishes/person/", {"address": NUMBER})
    lines = read_whole(answer)

    assert "INV-7 over" in lines
    assert "STOP" in lines
    assert "Wants no messages" in lines


# -- Out and in again ----------------------------------------------------------------------

PEOPLE = ("+64211234567", "+64211234568", "x@harbour.example")
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
words = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from([act.value for act in LedgerEntry.Act]),
        st.booleans(),
        texts,
        texts,
    ),
    max_size=15,
)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(words)
def test_a_ledger_taken_out_and_in_again_says_the_same(said: list[tuple[str, str, bool, str, str]]) -> None:
    with transaction.atomic():
        desk, other = make_desk(), make_desk()
        digests = keep(desk, said)
        wanted = {channel: ask(desk, channel, digests) for channel in ("text", "email")}

        with other.firm.inside():
            other.organisation.tenant_id = desk.organisation.tenant_id
            content = take_out(desk)
            first = take_file(
                other.organisation, content, is_for_all=False, by=other.firm.user, now=other.now
            )
            again = take_file(
                other.organisation, content, is_for_all=False, by=other.firm.user, now=other.now
            )

        assert first.problems == []
        assert (first.noted, first.older) == (len(said), 0)
        assert (again.noted, again.known) == (0, len(said))
        assert {channel: ask(other, channel, digests) for channel in wanted} == wanted
        transaction.set_rollback(True)


def keep(desk: Desk, said: list[tuple[str, str, bool, str, str]]) -> dict[str, bytes]:
    with desk.firm.inside():
        key = get_ledger_key(now=desk.now)
        digests = {person: make_digest(key, person) for person in PEOPLE}
        for number, (person, act, is_for_all, shown, note) in enumerate(said):
            LedgerEntry.objects.create(
                workspace=desk.firm.workspace,
                sender="" if is_for_all else desk.organisation.tenant_id,
                channel="email" if "@" in person else "text",
                digest=digests[person],
                act=act,
                source="reply",
                shown=shown,
                note=note,
                at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
            )
    return digests


def take_out(desk: Desk) -> bytes:
    with desk.firm.inside():
        rows = write_rows(desk.organisation, now=desk.now)
        with write_file(COLUMNS, rows, form="csv") as file:
            return file.read()


def ask(desk: Desk, channel: str, digests: dict[str, bytes]) -> Any:
    with desk.firm.inside():
        return read_wishes(
            workspace_id=desk.firm.workspace.pk,
            sender=desk.organisation.tenant_id,
            channel=channel,
            digests=list(digests.values()),
        )


def test_an_old_file_takes_no_later_wish_to_stop_back(desk: Desk) -> None:
    desk.receive("STOP")
    desk.now += timedelta(hours=1)
    desk.receive("START")
    with desk.firm.inside():
        content = take_out(desk)
        LedgerEntry.objects.all().delete()
    desk.now += timedelta(hours=1)
    desk.receive("STOP")
    with desk.firm.inside():
        taken = take_file(desk.organisation, content, is_for_all=False, by=desk.firm.user, now=desk.now)

    assert (taken.noted, taken.older) == (1, 1)
    assert entries(desk)[-1][0] == "stopped"


# -- Held back by hand ---------------------------------------------------------------------


def test_an_invoice_is_held_back_by_hand_and_let_go_again(desk: Desk) -> None:
    invoice = desk.invoice(desk.customer(), number="INV-9")
    desk.campaign()
    page = text_of(desk.firm.client.get(f"/o/{desk.organisation.pk}/reminders/holds/?q=INV-9"))
    about = f"{invoice.contact_id}/{invoice.xero_id}"

    answer = post(desk, "holds/add/", {"about": about, "hold": "disputed", "until": ""})
    desk.send()
    listed = text_of(desk.firm.client.get(f"/o/{desk.organisation.pk}/reminders/holds/"))

    assert "invoice INV-9" in page
    assert answer.status_code == 302
    assert desk.messages() == [("dropped", "disputed")]
    assert "Disputes it" in listed
    with desk.firm.inside():
        held = Held.objects.get()
    assert held.made_by == desk.firm.user.email
    post(desk, f"holds/{held.pk}/end/", {})
    with desk.firm.inside():
        assert Held.objects.get().ended_by == desk.firm.user.email


def test_a_promise_needs_its_day(desk: Desk) -> None:
    contact = desk.customer()

    answer = post(desk, "holds/add/", {"about": f"{contact.xero_id}/", "hold": "promised", "until": ""})

    assert answer.status_code == 422
    assert "Say until when" in answer.content.decode()
