"""The files that put an installation up name commands, settings and sources that exist."""

import fnmatch
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import crossplane
import pytest
import typer
import yaml

from counterfoil.cli.app import app
from counterfoil.domain.csvfile import LONGEST_FILE
from counterfoil.web.views.webhooks import MAX_BYTES

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DOCKER = DEPLOY / "docker"
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "RestrictNamespaces": "yes",
    "LockPersonality": "yes",
}
_OF_PYTHON = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def list_settings() -> set[str]:
    """Return the names that .env.example explains, which another test holds against the code."""
    return set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def check_command(words: Sequence[str]) -> None:
    """Fail unless the command line can be typed."""
    program, name, *rest = words
    assert program.rsplit("/", 1)[-1] == "counterfoil"
    command = typer.main.get_command(app).get_command(None, name)  # type: ignore[attr-defined]  # a group
    assert command is not None, name
    command.make_context(name, list(rest))


def read_unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return the sections of a unit; a name may stand several times."""
    sections: dict[str, dict[str, list[str]]] = {}
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            section.setdefault(name, []).append(value)
    return sections


def read_instructions() -> Iterator[tuple[str, str]]:
    """Yield what the Dockerfile tells, one instruction after the other."""
    text = re.sub(r"\\\n\s*", " ", (DOCKER / "Dockerfile").read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """What the compose file says."""
    return dict(yaml.safe_load((DOCKER / "compose.yaml").read_text()))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_exists_in_a_hardened_process_that_is_not_root(path: Path) -> None:
    service = read_unit(path)["Service"]

    check_command(shlex.split(service["ExecStart"][0]))
    assert service["User"] == ["counterfoil"]
    assert {name: service[name][0] for name in HARDENED} == HARDENED


def test_the_units_are_those_of_the_pages_a_worker_and_the_tables() -> None:
    starts = {read_unit(path)["Service"]["ExecStart"][0].split()[1] for path in UNITS}

    assert starts == {"serve", "worker", "migrate"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text().replace("/opt/counterfoil/.venv/bin/counterfoil", shutil.which("true") or "")
        (tmp_path / path.name).write_text(text)

    found = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            "--recursive-errors=no",
            *sorted(tmp_path.glob("*.service")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    said = [line for line in found.stderr.splitlines() if "counterfoil" in line]
    assert said == []


@pytest.mark.parametrize("file", ["systemd/counterfoil.env"])
def test_the_file_of_settings_names_settings(file: str) -> None:
    names = re.findall(r"^([A-Z_]+)=", (DEPLOY / file).read_text(), re.MULTILINE)

    assert names
    assert set(names) <= list_settings()


def test_the_image_is_built_from_what_is_there_and_every_library_is_held_to_its_hash() -> None:
    instructions = list(read_instructions())
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = [line[1:] for line in ignored if line.startswith("!")]

    copied = [
        shlex.split(rest)[:-1] for name, rest in instructions if name == "COPY" and "--from" not in rest
    ]

    assert copied
    for source in [one for sources in copied for one in sources]:
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source, pattern) for pattern in let_in), (
            f".dockerignore keeps {source} out"
        )
    (install,) = [rest for name, rest in instructions if "pip install" in rest]
    assert "--require-hashes" in install
    lock = (ROOT / "locks" / "runtime.txt").read_text()
    assert all("--hash=sha256:" in part for part in re.split(r"\n(?=\S)", lock) if "==" in part)


def test_the_image_runs_a_command_that_exists_and_not_as_root() -> None:
    told: dict[str, list[str]] = {}
    for name, rest in read_instructions():
        told.setdefault(name, []).append(rest)

    assert len(told["CMD"]) == 1
    check_command(json.loads(told["CMD"][0]))
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", told["USER"][-1])
    names = {one.partition("=")[0] for one in shlex.split(told["ENV"][0])}
    assert names <= list_settings() | _OF_PYTHON
    for image in told["FROM"]:
        version = re.match(r"python:3\.(\d+)-", image)
        assert version, image
        assert int(version[1]) >= 11


def test_the_compose_file_is_one_by_its_own_specification() -> None:
    schema = ["--builtin-schema", "vendor.compose-spec"]
    found = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, DOCKER / "compose.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stdout


def test_every_service_of_ours_starts_a_command_knows_its_settings_and_may_do_little(
    compose: dict[str, Any],
) -> None:
    ours = {name: one for name, one in compose["services"].items() if name != "database"}

    assert set(ours) == {"migrate", "web", "worker"}
    for one in ours.values():
        check_command(one["command"])
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
        assert {name.removesuffix("_FILE") for name in one["environment"]} <= list_settings()
        assert (DOCKER / one["build"]["context"] / one["build"]["dockerfile"]).resolve().is_file()
    assert ours["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "/readyz" in ours["web"]["healthcheck"]["test"][-1]
    compile(ours["web"]["healthcheck"]["test"][-1], "healthcheck", "exec")


def test_services_wait_for_one_another_and_name_only_what_is_declared(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert services["database"]["image"].startswith("postgres:16")
    assert services["database"]["healthcheck"]["test"][1] == "pg_isready"
    for one in services.values():
        assert set(one.get("depends_on", {})) <= set(services)
        assert set(one["secrets"]) <= set(compose["secrets"])
        for volume in one["volumes"]:
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or (DOCKER / source).is_file(), volume
        named = [value for value in one["environment"].values() if str(value).startswith("/run/secrets/")]
        assert {path.rsplit("/", 1)[1] for path in named} <= set(one["secrets"])


def test_the_secrets_are_made_once_and_the_database_gets_the_password_of_the_address(
    tmp_path: Path, compose: dict[str, Any]
) -> None:
    script = tmp_path / "make-secrets.sh"
    shutil.copy(DOCKER / "make-secrets.sh", script)

    def make() -> dict[str, str]:
        subprocess.run([script], check=True)
        return {one.name: one.read_text() for one in (tmp_path / "secrets").iterdir()}

    made = make()

    assert make() == made
    assert {Path(one["file"]).name for one in compose["secrets"].values()} == set(made)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    address = urlsplit(made["database_url"])
    assert (address.username, address.hostname) == ("counterfoil", "database")
    assert len(address.password or "") == 64
    cut = (DOCKER / "make-database.sh").read_text().split("url=$(")[1].split("psql")[0].split("\n", 1)[1]
    found = subprocess.run(
        ["sh", "-c", f'url=$0\n{cut}printf %s "$password"', made["database_url"]],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == address.password


@pytest.mark.parametrize("file", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_a_script_can_be_read_by_the_shell(file: Path) -> None:
    subprocess.run(["sh", "-n", file], check=True)


def test_proxies_set_anew_what_is_believed_and_let_the_largest_post_pass() -> None:
    nginx, caddy = ((DEPLOY / "proxy" / name).read_text() for name in ("nginx.conf", "Caddyfile"))

    for header in ("X-Forwarded-Proto", "X-Forwarded-For", "X-Request-ID"):
        assert re.search(rf"proxy_set_header {header} \$(scheme|remote_addr|request_id);", nginx), header
        assert re.search(rf"header_up {header} \{{", caddy), header
    for megabytes in (
        re.findall(r"client_max_body_size (\d+)m", nginx),
        re.findall(r"max_size (\d+)MB", caddy),
    ):
        assert int(megabytes[0]) * 1_000_000 > max(MAX_BYTES, LONGEST_FILE)
    assert nginx.count("{") == nginx.count("}")
    assert caddy.count("{") == caddy.count("}")


def test_the_file_for_nginx_has_known_directives_with_what_they_take_where_they_may_stand(
    tmp_path: Path,
) -> None:
    main = tmp_path / "nginx.conf"
    main.write_text(f"events {{}}\nhttp {{ include {DEPLOY / 'proxy' / 'nginx.conf'}; }}\n")

    read = crossplane.parse(str(main), strict=True)

    assert (read["status"], read["errors"]) == ("ok", [])
    _, ours = read["config"]
    assert [one["directive"] for one in ours["parsed"] if one["directive"] != "#"] == ["server", "server"]
