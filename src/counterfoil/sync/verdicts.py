"""Keeps what each comparison came to: who asked, how far it is, its figures, and its verdict."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import msgspec
import structlog
from django.db.models import Q, QuerySet

from counterfoil.domain.proof import Development, Proof, follow
from counterfoil.mirror.models import GateBudget, Organisation, Run, Verification
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.figures import NotCopiedYet
from counterfoil.sync.gate import load_budget
from counterfoil.sync.proof import Step, prove_organisation
from counterfoil.xero.budget import RESERVES, Priority, forget_old
from counterfoil.xero.errors import XeroError

log = structlog.get_logger(__name__)

# Records kept for each cause; a page shows fewer, and `counterfoil verify --json` names them all.
RECORDS_KEPT = 200

PAGE_SIZE = 50

# Verifications kept for each organisation: about a year of daily ones.
KEPT = 400

# What a comparison by itself may need when nothing is wrong, kept free for others on a short day.
CALLS_OF_A_PROOF = 40

# A wish that nobody took up, or whose worker was killed, does not count as under way any more.
_FORGOTTEN_AFTER = timedelta(minutes=30)

_UNFINISHED = [Verification.State.WAITING, Verification.State.RUNNING]


def ask(
    organisation: Organisation, *, reason: str, now: datetime, asked_by: str = "", run: Run | None = None
) -> Verification:
    """Write down the wish for a comparison; call it inside the workspace."""
    return Verification.objects.create(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        reason=reason,
        asked_by=asked_by,
        run=run,
        asked_at=now,
    )


def verify(verification: Verification, *, priority: Priority, now: Callable[[], datetime]) -> Proof:
    """
    Make the comparison that was asked for, keep what came of it, and return it whole.

    Raises AlreadySyncing, after which it still waits; and NotConnected, NotCopiedYet and XeroError,
    which are kept too.
    """
    organisation = verification.organisation

    def tell(step: Step) -> None:
        with in_workspace(organisation.workspace_id, must_last=False):
            Verification.objects.filter(pk=verification.pk).update(
                state=Verification.State.RUNNING,
                part=step.part,
                parts_done=step.done,
                parts_total=step.total,
                calls=step.calls,
            )

    verification.started_at = now()
    try:
        proof = prove_organisation(
            organisation, reason=verification.reason, now=now, priority=priority, tell=tell
        )
    except (NotConnected, NotCopiedYet) as not_now:
        _fail(verification, str(not_now), "Nothing was compared.", now())
        raise
    except XeroError as error:
        _fail(verification, error.sentence, error.next_step, now())
        raise
    _keep(verification, proof, now())
    return proof


def give_up(verification: Verification, because: str, *, now: datetime) -> None:
    """Keep that a comparison never came about."""
    _fail(verification, because, "Nothing was compared. Compare again in a while.", now)


def find_unexplained(organisation_ids: Collection[int]) -> dict[int, str]:
    """Return for each whose last comparison left something unexplained what it said; one query."""
    last = (
        Verification.objects.filter(organisation__in=organisation_ids, state=Verification.State.DONE)
        .order_by("organisation", "-asked_at", "-pk")
        .distinct("organisation")
    )
    return {
        organisation_id: sentence
        for organisation_id, verdict, sentence in last.values_list("organisation_id", "verdict", "sentence")
        if verdict == Verification.Verdict.UNEXPLAINED
    }


def list_verdicts(organisation: Organisation, *, limit: int) -> list[Verification]:
    """Return the latest comparisons, also those that failed, without their figures; the newest first."""
    done = Q(state__in=[Verification.State.DONE, Verification.State.FAILED])
    found = Verification.objects.filter(done, organisation=organisation)
    return list(found.select_related("run").defer("figures").order_by("-asked_at", "-pk")[:limit])


def list_page(
    organisation: Organisation, *, before: int | None = None
) -> tuple[list[Verification], int | None]:
    """Return a page of all comparisons without their figures, the latest first, and its last; one query."""
    found = Verification.objects.filter(organisation=organisation).defer("figures").order_by("-pk")
    rows = list((found if before is None else found.filter(pk__lt=before))[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


def find_under_way(organisation: Organisation, *, now: datetime) -> Verification | None:
    """Return the comparison that waits or runs, if one does."""
    return (
        Verification.objects.filter(
            organisation=organisation, state__in=_UNFINISHED, asked_at__gte=now - _FORGOTTEN_AFTER
        )
        .order_by("-asked_at")
        .first()
    )


def read_proof(verification: Verification) -> Proof:
    """Return the figures of a comparison as they were found."""
    return msgspec.convert(verification.figures, Proof)


def list_developments(verification: Verification) -> tuple[Development, ...]:
    """Return what is different from the verdict before this one; nothing when it is the first."""
    before = _settled(verification.organisation).filter(asked_at__lt=verification.asked_at).first()
    return follow(read_proof(before), read_proof(verification)) if before else ()


def has_calls_to_spare(organisation: Organisation, *, now: datetime) -> bool:
    """Say whether the day has calls for a comparison that nobody asked for."""
    row = GateBudget.objects.filter(organisation=organisation).first()
    left = forget_old(load_budget(row), now=now).day_remaining if row else None
    return left is None or left > RESERVES[Priority.BACKFILL].day + CALLS_OF_A_PROOF


def _keep(verification: Verification, proof: Proof, now: datetime) -> None:
    with in_workspace(verification.organisation.workspace_id):
        # An update and no more: when the organisation was removed meanwhile, nothing comes back.
        Verification.objects.filter(pk=verification.pk).update(
            state=Verification.State.DONE,
            part="",
            started_at=verification.started_at,
            finished_at=now,
            verdict=proof.verdict,
            sentence=proof.sentence,
            next_step="",
            figures=msgspec.to_builtins(proof.keep_records(RECORDS_KEPT)),
        )
        _tidy(verification)


def _fail(verification: Verification, sentence: str, next_step: str, now: datetime) -> None:
    with in_workspace(verification.organisation.workspace_id):
        Verification.objects.filter(pk=verification.pk).update(
            state=Verification.State.FAILED,
            part="",
            started_at=verification.started_at,
            finished_at=now,
            sentence=sentence,
            next_step=next_step,
        )


def _tidy(verification: Verification) -> None:
    """Forget the oldest, and settle what was cut off before this one began."""
    own = Verification.objects.filter(organisation=verification.organisation)
    for oldest in own.order_by("-asked_at").values_list("asked_at", flat=True)[KEPT : KEPT + 1]:
        own.filter(asked_at__lte=oldest).delete()
    own.filter(state=Verification.State.RUNNING, asked_at__lt=verification.asked_at).update(
        state=Verification.State.FAILED, sentence="This comparison was cut off before it had finished."
    )


def _settled(organisation: Organisation) -> "QuerySet[Verification]":
    return Verification.objects.filter(organisation=organisation, state=Verification.State.DONE).order_by(
        "-asked_at", "-pk"
    )
