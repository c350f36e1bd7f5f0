"""Getting in: tokens, scopes, limits, keys of what is posted, marks of what was given."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from counterfoil.features.access.models import ApiToken, KeptAnswer
from counterfoil.features.access.tokens import revoke_token
from counterfoil.features.workspaces.models import AuditEntry, Membership
from counterfoil.mirror.models import Connection, Organisation
from tests.integration.api.conftest import Program, make_program
from tests.integration.web.firms import Firm, add_person, make_firm, make_organisation


def problem(answer: object) -> dict[str, object]:
    """Return what a problem says, having looked that it is one as RFC 9457 describes."""
    assert answer.headers["Content-Type"] == "application/problem+json"  # type: ignore[attr-defined]
    told: dict[str, object] = json.loads(answer.content)  # type: ignore[attr-defined]
    assert told["status"] == answer.status_code  # type: ignore[attr-defined]
    assert told["title"]
    assert told["detail"]
    assert told["next_step"]
    assert told["request_id"] == answer.headers["X-Request-Id"]  # type: ignore[attr-defined]
    return told


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Bearer cf_1_", "Basic eDp5", "Bearer cf_1_wrong"]
)
def test_nobody_gets_in_without_a_token(header: str, firm: Firm, organisation: Organisation) -> None:
    answer = Client().get("/api/v1/organisations", headers={"Authorization": header})

    assert problem(answer)["type"] == "/api/#token-needed"
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_signed_in_person_is_no_program(firm: Firm, organisation: Organisation) -> None:
    assert firm.client.get("/api/v1/organisations").status_code == 401


def test_a_token_is_kept_as_a_digest_and_shown_once(firm: Firm) -> None:
    page = firm.client.post("/settings/api/new/", {"name": "Nightly", "days": "90", "scopes": ["read"]})
    text = page.content.decode()
    secret = next(word for word in text.replace('"', " ").replace("<", " ").replace(">", " ").split()
                  if word.startswith("cf_"))  # fmt: skip

    assert Program(secret).get("organisations").status_code == 200
    assert secret not in firm.client.get("/settings/api/").content.decode()
    with firm.inside():
        kept = ApiToken.objects.values().get()
        assert secret.rpartition("_")[2] not in str(kept)
        assert AuditEntry.objects.filter(act="token.made", what__startswith="Nightly").exists()


def test_a_revoked_token_is_refused_at_once(firm: Firm, program: Program) -> None:
    with firm.inside():
        token = ApiToken.objects.get()
    assert program.get("organisations").status_code == 200

    firm.client.post(f"/settings/api/{token.pk}/revoke/")

    assert program.get("organisations").status_code == 401


def test_a_token_ends_when_it_is_due(firm: Firm, program: Program) -> None:
    with firm.inside():
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert program.get("organisations").status_code == 401


def test_a_token_ends_with_its_persons_membership(firm: Firm, organisation: Organisation) -> None:
    colleague = add_person(firm.workspace)
    other = Firm(colleague, firm.workspace, Client())
    program = make_program(other)
    assert program.get("organisations").status_code == 200

    with firm.inside():
        Membership.objects.filter(user=colleague).delete()

    assert program.get("organisations").status_code == 401


def test_a_token_can_do_no_more_than_its_person_may_now(firm: Firm, organisation: Organisation) -> None:
    colleague = add_person(firm.workspace)
    program = make_program(Firm(colleague, firm.workspace, Client()))
    Membership.objects.filter(user=colleague).update(role="viewer")

    answer = program.post(f"organisations/{organisation.pk}/syncs")

    assert answer.status_code == 403
    assert problem(answer)["scope"] == "work"


def test_a_scope_that_a_token_lacks_is_named(firm: Firm, organisation: Organisation) -> None:
    answer = make_program(firm, ["read"]).post(f"organisations/{organisation.pk}/syncs")

    assert answer.status_code == 403
    assert problem(answer)["scope"] == "work"


def test_a_token_held_to_an_organisation_sees_no_other_and_nothing_of_the_firm(
    firm: Firm, organisation: Organisation
) -> None:
    other = make_organisation(firm, "Other Ltd")
    program = make_program(firm, organisations=[organisation])

    names = [one["name"] for one in program.get("organisations").json()["data"]]

    assert names == ["Harbour Foods Ltd"]
    assert program.get(f"organisations/{other.pk}").status_code == 404
    assert program.get(f"organisations/{other.pk}/invoices").status_code == 404
    assert problem(program.get("clients"))["type"] == "/api/#held-to-organisations"


def test_another_firms_token_finds_nothing_here(firm: Firm, organisation: Organisation) -> None:
    stranger = make_firm("Strangers")
    make_organisation(stranger, "Theirs")
    program = make_program(stranger)

    assert program.get(f"organisations/{organisation.pk}").status_code == 404
    assert [one["name"] for one in program.get("organisations").json()["data"]] == ["Theirs"]
    # A token that names another firm than its own is looked for there, and is not there.
    moved = program.secret.replace(f"cf_{stranger.workspace.pk}_", f"cf_{firm.workspace.pk}_")
    assert Program(moved).get("organisations").status_code == 401


def test_a_token_that_asks_too_often_is_told_when_to_come_again(
    firm: Firm, program: Program, settings: Settings
) -> None:
    settings.COUNTERFOIL_API_MINUTE_CALLS = 2

    answers = [program.get("organisations") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert make_program(firm).get("organisations").status_code == 200


def test_what_is_unchanged_is_not_sent_again(program: Program, organisation: Organisation) -> None:
    first = program.get("organisations")

    second = program.get("organisations", If_None_Match=first.headers["ETag"])
    with_other = program.get("organisations", If_None_Match='"other"')

    assert (second.status_code, second.content) == (304, b"")
    assert with_other.status_code == 200


def test_a_request_id_is_echoed_and_a_wild_one_replaced(program: Program) -> None:
    assert program.get("organisations", X_Request_Id="run-42").headers["X-Request-Id"] == "run-42"
    assert program.get("organisations", X_Request_Id="<script>").headers["X-Request-Id"] != "<script>"


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="sync").count()


def test_what_is_posted_twice_with_one_key_is_done_once(program: Program, organisation: Organisation) -> None:
    path = f"organisations/{organisation.pk}/syncs"

    first = program.post(path, key="monday")
    ProcrastinateJob.objects.all().delete()
    second = program.post(path, key="monday")

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert jobs() == 0


def test_a_key_is_not_good_for_something_else(program: Program, organisation: Organisation) -> None:
    path = f"organisations/{organisation.pk}/syncs"
    program.post(path, key="monday")

    answer = program.post(path, {"other": 1}, key="monday")

    assert problem(answer)["type"] == "/api/#idempotency-key-used"


def test_nothing_is_posted_without_a_key(program: Program, organisation: Organisation) -> None:
    answer = program.client.post(
        f"/api/v1/organisations/{organisation.pk}/syncs", headers=program.headers({})
    )

    assert problem(answer)["type"] == "/api/#idempotency-key-needed"
    assert jobs() == 0


def test_what_failed_leaves_nothing_behind_and_can_be_tried_again(
    firm: Firm, program: Program, organisation: Organisation
) -> None:
    path = f"organisations/{organisation.pk}/syncs"
    with firm.inside():
        Connection.objects.update(state="lost")
    refused = program.post(path, key="monday")
    with firm.inside():
        assert not KeptAnswer.objects.exists()
        Connection.objects.update(state="connected")

    done = program.post(path, key="monday")

    assert problem(refused)["type"] == "/api/#not-possible-now"
    assert done.status_code == 202


def test_the_audit_log_says_which_token_of_whom_did_it(
    firm: Firm, program: Program, organisation: Organisation
) -> None:
    program.post(f"organisations/{organisation.pk}/syncs")

    with firm.inside():
        entry = AuditEntry.objects.latest("pk")
    assert entry.who_name == f"token Nightly of {firm.user.email}"
    assert entry.what == f"POST /api/v1/organisations/{organisation.pk}/syncs"
    told = program.get("audit").json()["data"][0]
    assert (told["who"], told["act"]) == (entry.who_name, "program.did")


def test_a_colleague_revokes_by_the_operation_too(firm: Firm, program: Program) -> None:
    with firm.inside():
        token, by = ApiToken.objects.get(), Membership.objects.get(user=firm.user)
        assert revoke_token(by=by, token_id=token.pk, now=timezone.now()) is not None
        assert revoke_token(by=by, token_id=token.pk, now=timezone.now()) is None


@pytest.mark.parametrize(("path", "status"), [("nowhere", 404), ("organisations/1/nowhere", 404), ("", 404)])
def test_what_is_not_there_is_a_problem_too(program: Program, path: str, status: int) -> None:
    assert problem(program.get(path))["status"] == status


def test_a_method_that_an_address_does_not_know(program: Program) -> None:
    answer = program.client.delete("/api/v1/organisations", headers=program.headers({}))

    assert problem(answer)["type"] == "/api/#no-such-method"
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize("query", ["search=%00", "cursor=%00", "x=%00"])
def test_a_sign_that_no_text_can_hold_is_refused(
    program: Program, organisation: Organisation, query: str
) -> None:
    answer = program.get(f"organisations/{organisation.pk}/invoices?{query}")

    assert problem(answer)["type"] == "/api/#not-understood"
