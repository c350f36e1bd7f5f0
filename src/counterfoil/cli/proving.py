"""Proves the copy of an organisation against Xero."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.organisations import find_organisation
from counterfoil.cli.speech import Exit, Stopped, say, say_json, say_table
from counterfoil.domain.proof import Cause, Evidence, Finding, Proof, Reason, Verdict
from counterfoil.mirror.models import Organisation, Verification
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.figures import NotCopiedYet
from counterfoil.sync.lease import AlreadySyncing
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.sync.verdicts import ask, give_up
from counterfoil.sync.verdicts import verify as verify_copy
from counterfoil.xero.budget import Priority
from counterfoil.xero.errors import AppRefused, ConsentLost, XeroBroken, XeroBusy, XeroError, XeroUnreachable

# Records named below a difference on a terminal; `--json` names them all.
_RECORDS_SHOWN = 10


def verify(*, org: str | None, as_json: bool) -> Exit:
    """Compare the mirror with Xero, print what was found, and return the exit code."""
    with open_database():
        with across_workspaces():
            organisation = find_organisation(org)
        wish, proof = _prove(organisation)
        with in_workspace(organisation.workspace_id):
            kept = Verification.objects.defer("figures").get(pk=wish.pk)
    if as_json:
        say_json(_describe(proof, kept, organisation))
    else:
        _print(proof, organisation)
    return Exit.FAILURES if proof.verdict is Verdict.UNEXPLAINED else Exit.DONE


def _prove(organisation: Organisation) -> tuple[Verification, Proof]:
    with in_workspace(organisation.workspace_id):
        wish = ask(organisation, reason="verify", now=timezone.now())
    try:
        return wish, verify_copy(wish, priority=Priority.PERSON, now=timezone.now)
    except AlreadySyncing as busy:
        give_up(wish, str(busy), now=timezone.now())
        raise Stopped(str(busy), Exit.TRY_LATER) from busy
    except NotCopiedYet as early:
        raise Stopped(str(early), Exit.TRY_LATER) from early
    except NotConnected as lost:
        raise Stopped(str(lost), Exit.PERSON_MUST_ACT) from lost
    except XeroError as error:
        raise Stopped(f"{error.sentence} {error.next_step}", exit_of(error)) from error


def exit_of(error: XeroError) -> Exit:
    """Return what an error of Xero says to the shell."""
    if isinstance(error, ConsentLost | AppRefused):
        return Exit.PERSON_MUST_ACT
    if isinstance(error, XeroUnreachable | XeroBusy | XeroBroken):
        return Exit.TRY_LATER
    return Exit.FAILURES


def _describe(proof: Proof, kept: Verification, organisation: Organisation) -> dict[str, Any]:
    return {
        "organisation": organisation.name,
        "tenant_id": organisation.tenant_id,
        "verdict": proof.verdict,
        "sentence": proof.sentence,
        "calls": kept.calls,
        "seconds": _count_seconds(kept),
        "left_out": list(proof.left_out),
        "findings": [_describe_finding(one) for one in proof.findings],
    }


def _count_seconds(kept: Verification) -> float | None:
    if kept.started_at is None or kept.finished_at is None:
        return None
    return round((kept.finished_at - kept.started_at).total_seconds(), 3)


def _describe_finding(one: Finding) -> dict[str, Any]:
    return {
        "part": one.part,
        "title": one.title,
        "detail": one.detail,
        "currency": one.currency,
        "here": _write(one.here, one.currency),
        "xero": _write(one.xero, one.currency),
        "difference": _write(one.difference, one.currency),
        "is_explained": one.is_explained,
        "causes": [_describe_cause(cause, one.currency) for cause in one.causes],
    }


def _describe_cause(cause: Cause, currency: str) -> dict[str, Any]:
    return {
        "reason": cause.reason,
        "amount": _write(cause.amount, currency),
        "records": [
            {
                "stream": record.stream,
                "xero_id": record.xero_id,
                "title": record.title,
                "here": None if record.here is None else _write(record.here, currency),
                "xero": None if record.xero is None else _write(record.xero, currency),
            }
            for record in cause.records
        ],
    }


def _print(proof: Proof, organisation: Organisation) -> None:
    rows = []
    for one in proof.findings:
        said = ", ".join(_say_cause(cause, one.currency) for cause in one.causes) or "equal"
        figures = [_write(figure, one.currency) for figure in (one.here, one.xero, one.difference)]
        title = f"{one.title}, {one.detail}" if one.detail else one.title
        rows.append([one.part, title, *figures, one.currency, said])
    say_table(["", "", "here", "Xero", "difference", "", ""], rows, right=(2, 3, 4))
    for one in proof.findings:
        for cause in one.causes:
            if cause.reason is Reason.UNEXPLAINED and cause.records:
                _print_records(one, cause)
    for sentence in proof.left_out:
        say(f"Not compared: {sentence}")
    say(f"{organisation.name}: {proof.sentence}")


def _print_records(one: Finding, cause: Cause) -> None:
    say(f"{one.part}, {one.title}:")
    for record in cause.records[:_RECORDS_SHOWN]:
        say(f"  {_say_record(record, one.currency)}")
    if len(cause.records) > _RECORDS_SHOWN:
        say(f"  and {len(cause.records) - _RECORDS_SHOWN:,} more; --json names them all")


def _say_cause(cause: Cause, currency: str) -> str:
    return f"{_write(cause.amount, currency)} {cause.reason}"


def _say_record(record: Evidence, currency: str) -> str:
    kind = STREAM_BY_NAME[record.stream].title
    here = "not here" if record.here is None else f"here {_write(record.here, currency)}"
    xero = "not in Xero" if record.xero is None else f"in Xero {_write(record.xero, currency)}"
    if not currency:  # records were counted, so that only their presence matters
        here, xero = here.replace("here 1", "here"), xero.replace("in Xero 1", "in Xero")
    return f"{kind} {record.title} ({record.xero_id}): {here}, {xero}"


def _write(figure: Decimal, currency: str) -> str:
    return f"{figure:.2f}" if currency else f"{figure:f}"
