"""`counterfoil doctor`, as an operator types it."""

from django.conf import settings

from counterfoil.mirror.models import Grant
from counterfoil.mirror.scope import across_workspaces
from tests.factories.sandbox import CUSTOM_CLIENT_SECRET
from tests.integration.cli.conftest import Shell


def test_the_doctor_says_what_to_do_and_tells_no_secret(connected: Shell) -> None:
    said = connected.run("doctor", "--json")

    found = {check["title"]: check for check in said.json["checks"]}
    assert (said.code, said.json["verdict"]) == (1, "bad")
    assert found["Clock"]["words"] == "It agrees with Xero's, and Xero can be reached."
    assert found["Access to Xero"]["words"] == "Organisations connected: 1."
    assert found["Worker"]["next_step"] == "Start one: counterfoil worker"
    assert [
        title for title, check in found.items() if check["verdict"] == "bad" and not check["next_step"]
    ] == []
    with across_workspaces():
        tokens = [Grant.objects.get().access_token, CUSTOM_CLIENT_SECRET]
    for secret in [*tokens, *settings.COUNTERFOIL_ENCRYPTION_KEYS]:
        assert secret not in said.text + said.err
