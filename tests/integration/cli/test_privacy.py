"""One person is handed over and erased by commands."""

from counterfoil.features.clients.models import Client
from tests.integration.cli.conftest import Shell
from tests.integration.web.firms import NOW, make_firm

MARA = "mara@tane.example"


def test_a_person_is_erased_only_once_that_was_agreed_to(shell: Shell) -> None:
    firm = make_firm("Kōwhai & Co")
    with firm.inside():
        Client.objects.create(workspace=firm.workspace, name="Mara Tane", email=MARA, created_at=NOW)

    shown = shell.run("privacy-erase", MARA)
    with firm.inside():
        kept = Client.objects.get().email
    done = shell.run("privacy-erase", MARA, "--yes")
    again = shell.run("privacy-erase", MARA)

    assert (shown.code, done.code, again.code) == (0, 0, 1)
    assert "Known as: Mara Tane" in shown.text
    assert "Nothing was changed." in shown.err
    assert kept == MARA
    assert "Erased." in done.err
    assert "knows nothing about mara@tane.example" in again.err
    with firm.inside():
        assert Client.objects.get().email == ""
