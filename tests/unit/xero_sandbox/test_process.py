"""The command, as a process."""

import os
import signal
import subprocess
import sys

import httpx

from tests.factories.sandbox import SOURCE, running_sandbox


def test_a_process_serves_a_whole_connection() -> None:
    with running_sandbox(invoices=120, contacts=30, limits=False) as sandbox:
        tenant_id = sandbox.tenant_id()
        token = sandbox.tokens(tenant_id)["access_token"]
        headers = {"authorization": f"Bearer {token}", "xero-tenant-id": tenant_id}
        sandbox.change_at_random(tenant_id, 25)

        served = sandbox.client.get("/api.xro/2.0/Invoices?page=1&pageSize=1000", headers=headers)

        assert served.headers["content-encoding"] == "gzip"
        assert served.json()["Invoices"] == sandbox.records(tenant_id, "Invoices")
        assert sandbox.stats()["requests"] == {"token": 1, "Invoices": 1}


def test_answers_can_break_off_on_the_wire() -> None:
    with running_sandbox(invoices=120, contacts=30, limits=False) as sandbox:
        tenant_id = sandbox.tenant_id()
        tokens = sandbox.tokens(tenant_id)
        headers = {"authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tenant_id}
        broken = []
        for kind in ("truncated", "lose_token_answer"):
            sandbox.fault(kind)
            try:
                sandbox.client.get("/api.xro/2.0/Invoices?page=1", headers=headers)
                sandbox.client.post(
                    "/connect/token",
                    data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
                    auth=("COUNTERFOILDEMO0000000000000000000", "counterfoil-demo-secret"),
                )
            except httpx.RemoteProtocolError:
                broken.append(kind)

        assert broken == ["truncated", "lose_token_answer"]


def test_sigterm_and_ctrl_c_end_it_cleanly_and_a_taken_port_is_refused() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with running_sandbox(invoices=5, contacts=3) as sandbox:
        port = sandbox.url.rsplit(":", 1)[1]
        command = [sys.executable, "-c", "from xero_sandbox.main import main; main()", "--port", port]
        second = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=30, check=False
        )

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"xero-sandbox cannot listen on {sandbox.url}: Address already in use\n"

    codes = []
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(
            [*command, "--invoices", "5"], stdout=subprocess.PIPE, env=environment
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"xero-sandbox listening on {sandbox.url}\n".encode()
            process.send_signal(number)
            codes.append(process.wait(timeout=20))
    assert codes == [0, 0]
