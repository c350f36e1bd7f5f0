"""Somebody who was erased stands nowhere but where a reason is given, and nobody else loses anything."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.models import Address, Client, Deal, Person
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.lists.models import SavedView
from counterfoil.features.moving.models import Takeout
from counterfoil.features.moving.tables import is_of_firm
from counterfoil.features.privacy.erasing import NotErased, erase_person, preview_erasure
from counterfoil.features.privacy.keeping import COPY, KEPT, find_reason
from counterfoil.features.privacy.sweeping import sort_words
from counterfoil.features.reminding.ledger import get_ledger_key, make_digest, read_wishes
from counterfoil.features.reminding.models import Campaign, LedgerEntry, Message, Reply
from counterfoil.features.two_way.models import Agreement
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.models import AuditEntry
from counterfoil.mirror.models import Change, Contact, Operation, Organisation
from counterfoil.mirror.scope import across_workspaces
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm, make_invoice, make_organisation

pytestmark = pytest.mark.django_db

MARK = "zyxquill"  # stands in everything of hers, and in nothing else
EMAIL = f"{MARK}@tane.example"
NAME = f"Mara {MARK} Tane"
PHONE = "+64 21 5550 0001"
ASKED = (EMAIL, PHONE)


def fill(firm: Firm) -> Organisation:
    """Let the firm know her in every way that there is."""
    organisation = make_organisation(firm)
    contact = make_contact(
        firm, organisation, name=NAME, email=EMAIL, raw=json.dumps({"Name": NAME, "EmailAddress": EMAIL})
    )
    make_contact(firm, organisation, name="Somebody Else", email="else@else.example")
    make_invoice(firm, organisation, contact_id=contact.xero_id, contact_name=NAME)
    of: dict[str, Any] = {"workspace": firm.workspace}
    here = of | {"organisation": organisation}
    with firm.inside():
        client = Client.objects.create(
            **of, name=NAME, email=EMAIL, phone=PHONE, notes=f"likes {MARK} tea", tags=[MARK], created_at=NOW
        )
        Address.objects.create(**of, client=client, kind="street", line_1=f"1 {MARK} Road")
        Deal.objects.create(**of, client=client, name=f"{MARK} house", created_at=NOW)
        link_contact(organisation, contact_id=contact.xero_id, client=client, by=firm.user, now=NOW)
        other = Client.objects.create(**of, name="Works", notes=f"Ask\n{NAME}, or {EMAIL}.", created_at=NOW)
        Person.objects.create(**of, client=other, name=NAME, email=EMAIL, created_at=NOW)
        SavedView.objects.create(
            **of, person=firm.user, page="invoices", name=f"Of {NAME}", query=f"q={EMAIL}", created_at=NOW
        )
        upload = Upload.objects.create(
            **of, kind="clients", name="a.csv", digest="d", heads=["Name", "?"], meanings=["name", "notes"],
            given_by="Ana", given_at=NOW, applied_at=NOW,
        )  # fmt: skip
        line = {"belongs_to": upload, "state": "made"}
        UploadRow.objects.create(
            **of, **line, line=1, cells=[NAME, f"{MARK}!"], made_id=client.pk, wrote={"name": NAME}
        )
        UploadRow.objects.create(**of, **line, line=2, cells=["Works", "-"], made_id=other.pk)
        for before, after in (({"Name": f"Miss {MARK}", "ContactStatus": "ACTIVE"}, {"Name": NAME}),):
            Change.objects.create(
                **here, stream="Contacts", xero_id=contact.xero_id, kind="changed", at=NOW, why="",
                before=before, after=after,
            )  # fmt: skip
        campaign = Campaign.objects.create(**here, name="Gentle", send_at="10:00", made_by="Ana", made_at=NOW)
        digest = make_digest(get_ledger_key(now=NOW), EMAIL)
        Message.objects.create(
            **here, campaign=campaign, channel="email", contact_id=contact.xero_id, address=EMAIL,
            contact_name=NAME, subject=f"For {MARK}", text=f"Dear {MARK}", token=uuid4(), digest=digest,
            planned_on=date(2026, 11, 22), planned_at=NOW, expires_at=NOW, look_at=NOW,
        )  # fmt: skip
        LedgerEntry.objects.create(
            **of, channel="email", digest=digest, act="stopped", source="person", note=f"{MARK} rang", at=NOW
        )
        record(workspace_id=firm.workspace.pk, act=Act.PERSON_HANDED_OVER, what=f"{EMAIL}, {NAME}", now=NOW)
    return organisation


def find_mark() -> set[str]:
    """Return every table in a column of which the mark stands, over the whole database."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'"
                       " and table_type = 'BASE TABLE'")  # fmt: skip
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'select exists (select from "{table}" one where one::text ilike %s)', [f"%{MARK}%"]
            )
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_a_mark_of_hers_stands_in_no_table_but_those_with_a_reason() -> None:
    firm = make_firm()
    fill(firm)
    with across_workspaces():
        before = find_mark()

    erased = erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    with across_workspaces():
        after = find_mark()
    assert after == {"mirror_contact", "mirror_invoice"}
    assert {find_reason(table) for table in after} == {COPY}
    assert before - after == {
        "clients_address", "clients_client", "clients_deal", "clients_person", "importing_uploadrow",
        "lists_savedview", "mirror_change", "reminding_ledgerentry", "reminding_message",
        "workspaces_auditentry",
    }  # fmt: skip
    assert {kept.title for kept in erased.stays} >= {"Contacts in Xero", "Invoices and bills"}


def test_others_keep_what_is_theirs_and_the_numbers_hang_together() -> None:
    firm = make_firm()
    fill(firm)

    erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    with firm.inside():
        nameless, other = Client.objects.order_by("pk")
        assert nameless.name == f"Erased client {nameless.pk}"
        assert nameless.links.count() == 1
        assert (other.name, other.notes) == ("Works", "Ask\n(erased), or (erased).")
        assert UploadRow.objects.get(line=2).cells == ["Works", "-"]
        change = Change.objects.get()
        assert (change.before, change.after) == ({"ContactStatus": "ACTIVE"}, {})
        # Emptying ours is no wish to empty Xero's.
        assert "name" in Agreement.objects.get().apart


def test_who_said_stop_is_not_written_to_afterwards() -> None:
    firm = make_firm()
    fill(firm)

    erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    with firm.inside():
        digest = make_digest(get_ledger_key(now=NOW), EMAIL)
        wishes = read_wishes(workspace_id=firm.workspace.pk, sender="", channel="email", digests=[digest])
        assert wishes.stopped == {digest}
        assert (Message.objects.get().state, Message.objects.get().why) == ("dropped", "erased")


def test_the_log_says_that_it_was_done_and_not_to_whom() -> None:
    firm = make_firm()
    fill(firm)

    erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    with firm.inside():
        entry = AuditEntry.objects.latest("pk")
        assert (entry.act, entry.who) == ("person.erased", firm.user)
        assert entry.what.endswith(" rows")
        assert AuditEntry.objects.get(act="person.handed_over").what == "(erased), (erased)"


def test_what_is_shown_before_is_what_is_done_and_changes_nothing() -> None:
    firm = make_firm()
    fill(firm)
    with across_workspaces():
        before = find_mark()

    shown = preview_erasure(workspace=firm.workspace, asked=ASKED, now=NOW)

    with across_workspaces():
        assert find_mark() == before
    assert shown.names == [NAME]
    assert shown == erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)


def test_nobody_is_erased_while_an_answer_of_theirs_is_unread() -> None:
    firm = make_firm()
    organisation = fill(firm)
    with firm.inside():
        Reply.objects.create(
            workspace=firm.workspace, organisation=organisation, address=EMAIL.upper(), text="?",
            received_at=NOW, provider="shown", provider_id="1", meaning="other",
        )  # fmt: skip

    with pytest.raises(NotErased, match="it may say STOP"):
        erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    with firm.inside():
        assert Client.objects.filter(name=NAME).exists()
        assert not AuditEntry.objects.filter(act="person.erased").exists()


def test_nobody_is_erased_while_something_of_theirs_waits_for_xero() -> None:
    firm = make_firm()
    organisation = fill(firm)
    with firm.inside():
        write = Operation.objects.create(
            workspace=firm.workspace, organisation=organisation, kind="contact.fields", intent_key="1",
            state="waiting", state_since=NOW, wish=json.dumps({"Name": NAME}), payload="{}", asked_at=NOW,
        )  # fmt: skip

    waiting = preview_erasure(workspace=firm.workspace, asked=ASKED, now=NOW)
    with firm.inside():
        Operation.objects.filter(pk=write.pk).update(state="held", sentence="Given up.")
    settled = erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    assert (len(waiting.obstacles), waiting.is_possible) == (1, False)
    assert settled.obstacles == []
    with across_workspaces():
        assert "mirror_operation" not in find_mark()


def test_a_contact_that_xero_no_longer_has_goes_here_too() -> None:
    firm = make_firm()
    fill(firm)
    with firm.inside():
        Contact.objects.filter(name=NAME).update(gone_at=NOW)

    erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    with across_workspaces():
        assert find_mark() == {"mirror_invoice"}


def test_an_export_that_waits_to_be_fetched_goes_with_the_person_in_it() -> None:
    firm = make_firm()
    fill(firm)
    with firm.inside():
        export = Takeout.objects.create(workspace=firm.workspace, asked_at=NOW)
    being_written = preview_erasure(workspace=firm.workspace, asked=ASKED, now=NOW)
    with firm.inside():
        Takeout.objects.filter(pk=export.pk).update(state="ready")

    erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    assert being_written.obstacles == [
        "An export of the firm is being written, and they are in it. Wait until it is ready."
    ]
    with firm.inside():
        assert not Takeout.objects.exists()


def test_somebody_who_works_here_is_not_erased() -> None:
    firm = make_firm()
    with firm.inside():
        Client.objects.create(workspace=firm.workspace, name="Ana", email=firm.user.email, created_at=NOW)

    with pytest.raises(NotErased, match="Settings, People"):
        erase_person(workspace=firm.workspace, asked=[firm.user.email.upper()], now=NOW, who=firm.user)


def test_another_firm_keeps_the_person() -> None:
    firm, other = make_firm("One"), make_firm("Other")
    fill(firm)
    with other.inside():
        Client.objects.create(workspace=other.workspace, name=NAME, email=EMAIL, created_at=NOW)

    erase_person(workspace=firm.workspace, asked=ASKED, now=NOW, who=firm.user)

    with other.inside():
        assert Client.objects.get().name == NAME


def test_a_single_word_is_no_name_within_a_sentence() -> None:
    firm = make_firm()
    with firm.inside():
        of: dict[str, Any] = {"workspace": firm.workspace, "created_at": NOW}
        Client.objects.create(**of, name="Grant", email="grant@grant.example")
        other = Client.objects.create(**of, name="Grant Thornton", notes="They grant terms.")

    erase_person(workspace=firm.workspace, asked=["grant@grant.example"], now=NOW, who=firm.user)

    with firm.inside():
        other.refresh_from_db()
        assert (other.name, other.notes) == ("Grant Thornton", "They grant terms.")


def test_names_are_sorted_by_how_surely_they_name_somebody() -> None:
    words = sort_words(["mara tane", "Mara Tane", "Mara", "021 555 0001", str(uuid4()), "Al"])

    assert (words.certain, words.common) == (["021 555 0001", "Mara Tane"], ["Mara"])


def test_the_database_lets_an_entry_of_the_log_lose_its_words_and_nothing_else() -> None:
    firm = make_firm()
    with firm.inside():
        entry = record(workspace_id=firm.workspace.pk, act=Act.FIRM_RENAMED, what="Mara", now=NOW)
        with connection.cursor() as cursor:
            cursor.execute("select set_config('counterfoil.erases_person', 'on', true)")
        with pytest.raises(IntegrityError), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).update(who_name="Nobody")
        assert AuditEntry.objects.filter(pk=entry.pk).update(what="(erased)") == 1


def test_whatever_is_kept_is_a_table_or_a_column_that_there_is() -> None:
    tables = {model._meta.db_table: model for model in apps.get_models()}

    for name in KEPT:
        table, _, column = name.partition(".")
        assert table in tables
        if column:
            assert is_of_firm(tables[table])
            assert column in {field.column for field in tables[table]._meta.concrete_fields}
