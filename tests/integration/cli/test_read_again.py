"""`counterfoil sync --full --stream … --preview`, as a person types it (PAIN 19)."""

import pytest

from counterfoil.mirror.models import Contact
from counterfoil.mirror.scope import across_workspaces
from tests.integration.cli.conftest import Shell


@pytest.fixture
def damaged(synced: Shell) -> Contact:
    """A contact whose name somebody changed here."""
    with across_workspaces():
        contact = Contact.objects.earliest("name")
        Contact.objects.filter(xero_id=contact.xero_id).update(name="Somebody else")
    return contact


def name_of(contact: Contact) -> str:
    with across_workspaces():
        return Contact.objects.get(xero_id=contact.xero_id).name


def test_a_preview_tells_what_would_change_and_changes_nothing(connected: Shell, damaged: Contact) -> None:
    said = connected.run("sync", "--full", "--stream", "contacts", "--preview")
    told = connected.run("sync", "--full", "--stream", "Contacts", "--preview", "--json")

    assert (said.code, told.code) == (0, 0)
    assert f"  repaired: {damaged.name}: Name Somebody else → {damaged.name}" in said.text.splitlines()
    assert said.text.splitlines()[-1].endswith("1 not as Xero sent them. Nothing was changed.")
    assert (told.json["verdict"], told.json["plan"]["streams"][0]["counts"]) == ("different", {"repaired": 1})
    assert name_of(damaged) == "Somebody else"


def test_without_preview_it_is_applied(connected: Shell, damaged: Contact) -> None:
    told = connected.run("sync", "--full", "--stream", "Contacts", "--json")

    assert told.code == 0
    assert (told.json["verdict"], list(told.json["streams"])) == ("succeeded", ["Contacts"])
    assert name_of(damaged) == damaged.name


def test_a_surprising_loss_is_refused_until_it_is_agreed_to(synced: Shell) -> None:
    with across_workspaces():
        for number in range(Contact.objects.count()):
            extra = Contact.objects.earliest("xero_id")
            extra.xero_id = f"ffffffff-0000-0000-0000-{number:012}"
            extra.save(force_insert=True)

    refused = synced.run("sync", "--full", "--stream", "Contacts")
    agreed = synced.run("sync", "--full", "--stream", "Contacts", "--yes")

    assert (refused.code, agreed.code) == (1, 0)
    assert "To apply it, add --yes." in refused.err
    with across_workspaces():
        assert not Contact.objects.filter(gone_at=None, xero_id__startswith="ffffffff-0000").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stream", "Invoices"], "--stream, --preview and --yes go with --full."),
        (["--full", "--stream", "Journals"], "There is no kind of record called 'Journals'."),
    ],
)
def test_wrong_usage_is_told(connected: Shell, arguments: list[str], said: str) -> None:
    answer = connected.run("sync", *arguments)

    assert answer.code == 2
    assert said in answer.err
