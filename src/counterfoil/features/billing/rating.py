"""What can be done with rate cards: begin one, set what a role's hour is worth from a day on, put it away."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from counterfoil.features.billing.models import AgreementLine, Rate, RateCard
from counterfoil.features.billing.refusing import NotPossible

PAGE_SIZE = 50


def list_cards(*, after: int | None = None) -> tuple[Sequence[RateCard], int | None]:
    """Return a page of the firm's cards with their rates, the oldest first, and its last; two queries."""
    found = RateCard.objects.prefetch_related("rates").order_by("pk")
    rows = list((found if after is None else found.filter(pk__gt=after))[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


def begin_card(workspace_id: int, *, name: str, kind: str, currency: str, now: datetime) -> RateCard:
    """Begin a card without rates. Raises ValidationError."""
    card = RateCard(workspace_id=workspace_id, name=name, kind=kind, currency=currency, created_at=now)
    card.full_clean()
    card.save()
    return card


def set_rate(card: RateCard, *, role: str, since: date, amount: Decimal) -> Rate:
    """
    Set what an hour of a role is worth from a day on; without a role, of everybody else.

    Hours that were billed keep what they were billed at. Raises NotPossible.
    """
    if amount < 0:
        raise NotPossible("An hour is worth nothing or more.")
    rate, _ = Rate.objects.update_or_create(
        workspace_id=card.workspace_id, card=card, role=role.strip(), since=since, defaults={"amount": amount}
    )
    return rate


@transaction.atomic
def drop_rate(rate: Rate) -> None:
    """Take a rate away; hours that were billed keep what they were billed at."""
    rate.delete()


@transaction.atomic
def archive_card(card: RateCard, *, now: datetime) -> None:
    """Put a card away, or take it out again. Raises NotPossible while an agreement uses it."""
    used = AgreementLine.objects.filter(rate_card=card).exclude(agreement__state="archived")
    if card.archived_at is None and (line := used.select_related("agreement").first()) is not None:
        raise NotPossible(f"“{line.agreement.name}” bills its hours by this card. Change that first.")
    card.archived_at = None if card.archived_at else now
    card.save(update_fields=["archived_at"])
