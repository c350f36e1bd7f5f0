"""What a firm chose for an organisation's outbox: who has to approve, and whether documents may be final."""

from datetime import datetime

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Organisation, OutboxRules


def get_rules(organisation: Organisation) -> OutboxRules:
    """Return what was chosen for the organisation, or the careful choice."""
    chosen = OutboxRules.objects.filter(organisation=organisation).first()
    return chosen or OutboxRules(organisation=organisation, workspace_id=organisation.workspace_id)


def choose_rules(
    organisation: Organisation, *, asks_approval: bool, raises_approved: bool, by: str, now: datetime
) -> OutboxRules:
    """Keep a firm's choice; what waits for approval already goes on waiting."""
    rules, _ = OutboxRules.objects.update_or_create(
        organisation=organisation,
        defaults={
            "workspace_id": organisation.workspace_id,
            "asks_approval": asks_approval,
            "raises_approved": raises_approved,
            "chosen_by": by,
            "chosen_at": now,
        },
    )
    return rules


def begin(rules: OutboxRules, *, by: str, now: datetime) -> tuple[OutboxState, dict[str, object]]:
    """Return where a draft goes that somebody asks to send, and what that changes of it."""
    if rules.asks_approval:
        return OutboxState.WAITING, {}
    return OutboxState.QUEUED, {"approved_by": by, "approved_at": now}
