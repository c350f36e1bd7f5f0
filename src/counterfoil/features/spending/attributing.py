"""
Decides whose each line is, and keeps that as parts which sum to the line.

The strongest reason decides: a person's word; a billable expense in Xero; a document of a deal; the first
rule that fits; a tracking option that has a client's name; the contact that is linked. Revenue is its
contact's before any tracking option's, and no rule and no person's word moves it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from counterfoil.domain.criteria import Criteria, RuleBook, Spent
from counterfoil.domain.searching import fold
from counterfoil.domain.splitting import split_amount
from counterfoil.features.clients.models import Client, DealDocument, Link
from counterfoil.features.contacts.survivors import find_survivors
from counterfoil.features.spending.keeping import (
    Costed,
    Known,
    Portion,
    making_many_rows,
    read_known,
    read_portions,
    replace_portions,
    store_portions,
    write_outcomes,
)
from counterfoil.features.spending.models import Line, Reading, Rule, Share, Verdict
from counterfoil.mirror.models import LinkedTransaction, Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.mirror.storing import store_rows

_BATCH = 10_000
# Tells these locks from others in the same database.
_TURNS = 0x5BE2D
_ONE = Decimal(1)
_ZERO = Decimal(0)
_CRITERIA = (
    "contact_id", "account_code", "description", "reference", "tracking_option", "bank_account_id",
    "least", "most", "since", "until",
)  # fmt: skip


class Shared(NamedTuple):
    """A client's share of a line, with the deal it is for."""

    client_id: int
    deal_id: int | None = None
    weight: Decimal = _ONE


@dataclass(frozen=True)
class Outcome:
    """Whose a line is, and why."""

    standing: str = Line.Standing.OPEN
    why: str = Line.Why.NOTHING
    rule_id: int | None = None
    verdict_id: int | None = None
    shares: Sequence[Shared] = ()
    own_weight: Decimal = _ZERO  # what the firm bears beside the shares


_NOBODY = Outcome()


@dataclass
class Grounds:
    """All that decides about the lines of one organisation, read once for many of them."""

    rules: RuleBook[Rule]
    links: Mapping[str, int]
    survivors: Mapping[str, str]
    deals: Mapping[str, Shared]
    billable: Mapping[tuple[str, str], str]
    names: Mapping[str, int]
    verdicts: Mapping[tuple[str, str], Verdict]
    _of_rules: dict[int, Outcome] = field(default_factory=dict)

    def decide(self, line: Costed) -> Outcome:
        """Return whose the line is."""
        if line.side == Line.Side.REVENUE:
            return self._by_deal(line) or self._by_contact(line) or self._by_tracking(line) or _NOBODY
        return (
            self._by_hand(line)
            or self._by_billing(line)
            or self._by_deal(line)
            or self._by_rule(line)
            or self._by_tracking(line)
            or self._by_contact(line)
            or _NOBODY
        )

    def _by_hand(self, line: Costed) -> Outcome | None:
        verdict = self.verdicts.get((line.document_id, line.line_key))
        match verdict.act if verdict else None:
            case Verdict.Act.ATTRIBUTED:
                assert verdict is not None
                shares = _read_shares(verdict.shares.all())
                # Whoever it was given to has been deleted since.
                outcome = _give(shares, Line.Why.BY_HAND, verdict_id=verdict.pk)
                return replace(outcome, own_weight=verdict.own_weight) if shares else None
            case Verdict.Act.OVERHEAD:
                assert verdict is not None
                return Outcome(Line.Standing.OVERHEAD, Line.Why.BY_HAND, verdict_id=verdict.pk)
        return None

    def _by_billing(self, line: Costed) -> Outcome | None:
        contact_id = self.billable.get((line.document_id, line.line_key))
        client_id = self._client_of(contact_id) if contact_id else None
        return _give([Shared(client_id)], Line.Why.BILLABLE) if client_id else None

    def _by_deal(self, line: Costed) -> Outcome | None:
        shared = self.deals.get(line.document_id)
        return _give([shared], Line.Why.DEAL) if shared else None

    def _by_rule(self, line: Costed) -> Outcome | None:
        rule = self.rules.find(describe_spent(line))
        if rule is None:
            return None
        # Many lines fit one rule, and it says the same of all.
        if rule.pk not in self._of_rules:
            self._of_rules[rule.pk] = _ask(rule)
        outcome = self._of_rules[rule.pk]
        return outcome if outcome is not _NOBODY else None

    def _by_tracking(self, line: Costed) -> Outcome | None:
        if not line.tracking:
            return None
        clients = {self.names.get(fold(option)) for option in line.tracking} - {None}
        # Two options that are two clients' names prove neither.
        return (
            _give([Shared(client)], Line.Why.TRACKING)
            if len(clients) == 1 and (client := clients.pop())
            else None
        )

    def _by_contact(self, line: Costed) -> Outcome | None:
        client_id = self._client_of(line.contact_id)
        return _give([Shared(client_id)], Line.Why.CONTACT) if client_id else None

    def _client_of(self, contact_id: str) -> int | None:
        return self.links.get(self.survivors.get(contact_id, contact_id)) or self.links.get(contact_id)


def _ask(rule: Rule) -> Outcome:
    if rule.act == Rule.Act.OVERHEAD:
        return Outcome(Line.Standing.OVERHEAD, Line.Why.RULE, rule_id=rule.pk)
    shares = _read_shares(rule.shares.all())
    return _give(shares, Line.Why.RULE, rule_id=rule.pk) if shares else _NOBODY


def describe_spent(line: Costed) -> Spent:
    """Return what a rule can ask of a line."""
    return Spent(
        contact_id=line.contact_id,
        account_code=line.account_code,
        description=line.description,
        reference=f"{line.number} {line.reference}",
        tracking=line.tracking,
        bank_account_id=line.bank_account_id,
        amount=line.net,
        day=line.day,
    )


def read_criteria(rule: Rule) -> Criteria:
    """Return what a rule asks."""
    return Criteria(**{name: getattr(rule, name) for name in _CRITERIA})


def read_grounds(organisation: Organisation, lines: Sequence[Costed]) -> Grounds:
    """Return all that decides about these lines."""
    rules = Rule.objects.filter(organisation=organisation, ended_at=None).prefetch_related("shares")
    document_ids = {line.document_id for line in lines}
    documents = DealDocument.objects.filter(organisation=organisation, document_id__any_of=document_ids)
    billable = _read_billable(organisation, document_ids)
    survivors = find_survivors(organisation)
    contact_ids = {line.contact_id for line in lines} | set(billable.values())
    contact_ids |= {survivors.get(contact_id, contact_id) for contact_id in contact_ids}
    links = Link.objects.filter(organisation=organisation, contact_id__any_of=contact_ids)
    return Grounds(
        rules=RuleBook.of((read_criteria(rule), rule) for rule in rules),
        links=dict(links.values_list("contact_id", "client_id")),
        survivors=survivors,
        # Of several deals the one that it was put in first.
        deals={
            document_id: Shared(client_id, deal_id)
            for document_id, deal_id, client_id in documents.order_by("-id").values_list(
                "document_id", "deal_id", "deal__client_id"
            )
        },
        billable=billable,
        names=_read_names(organisation.workspace_id) if any(line.tracking for line in lines) else {},
        verdicts=_read_verdicts(organisation, document_ids),
    )


def _read_billable(organisation: Organisation, document_ids: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the contacts to whom lines of these documents are to be billed, as Xero has it."""
    linked = LinkedTransaction.objects.filter(
        organisation=organisation, gone_at=None, source_transaction_id__any_of=document_ids
    ).exclude(Q(status="VOIDED") | Q(contact_id=""))
    return {
        (transaction_id, line_id): contact_id
        for transaction_id, line_id, contact_id in linked.values_list(
            "source_transaction_id", "source_line_item_id", "contact_id"
        )
    }


def take_turn(organisation: Organisation) -> None:
    """
    Wait until nobody else attributes costs of this organisation, until the transaction ends.

    Without it a job that had read what people said could write over what somebody says meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_TURNS, organisation.pk])


def attribute_stale(organisation: Organisation) -> int:
    """Attribute every line that something happened to, and return how many; each batch by itself."""
    count = 0
    while True:
        with in_workspace(organisation.workspace_id):
            take_turn(organisation)
            stale = Line.objects.filter(organisation=organisation, is_stale=True)
            lines = attribute_lines(organisation, stale.order_by("pk")[:_BATCH])
        if not lines:
            return count
        count += len(lines)


def attribute_all_costs(organisation: Organisation) -> None:
    """
    Look at every cost again, and write those for which the rules say something else now.

    What was spent on an asset is among them: it can be passed on, too.
    """
    with in_workspace(organisation.workspace_id):
        # Before the rules are read: one that changes from here on is seen by the next pass.
        Reading.objects.filter(organisation=organisation).update(is_stale=False)
    last = 0
    while True:
        with in_workspace(organisation.workspace_id):
            take_turn(organisation)
            bought = Line.objects.filter(organisation=organisation, pk__gt=last).exclude(
                side=Line.Side.REVENUE
            )
            lines = attribute_lines(organisation, bought.order_by("pk")[:_BATCH])
        if not lines:
            return
        last = lines[-1].pk


@making_many_rows()
def attribute_lines(organisation: Organisation, chosen: "QuerySet[Line]") -> Sequence[Known]:
    """
    Decide about these lines, store what came of it, and return them.

    Those for which nothing differs are not written. One that somebody marks meanwhile stays marked.
    """
    lines = read_known(chosen)
    grounds = read_grounds(organisation, lines)
    held = read_portions(lines)
    changed, replaced = [], dict[int, list[Portion]]()
    for line in lines:
        outcome = grounds.decide(line)
        portions = divide(line, outcome)
        if portions != held.get(line.pk, []):
            replaced[line.pk] = portions
        if _apply(line, outcome, grounds.verdicts.get((line.document_id, line.line_key))):
            changed.append(line)
    replace_portions(organisation, replaced)
    write_outcomes(changed)
    return lines


def create_lines(organisation: Organisation, lines: Sequence[Line]) -> None:
    """Store lines that were not here yet, each attributed already."""
    grounds = read_grounds(organisation, lines)
    outcomes = [grounds.decide(line) for line in lines]
    for line, outcome in zip(lines, outcomes, strict=True):
        _apply(line, outcome, grounds.verdicts.get((line.document_id, line.line_key)))
    store_rows(Line, lines)
    # Only now the lines have the keys by which their parts name them.
    decided = zip(lines, outcomes, strict=True)
    store_portions(organisation, {line.pk: divide(line, outcome) for line, outcome in decided})


def _apply(line: Costed, outcome: Outcome, verdict: Verdict | None) -> bool:
    """Write the outcome on the line, and say whether anything of it is new."""
    before = [getattr(line, name) for name in ("standing", "why", "rule_id", "verdict_id")]
    flags = [line.has_changed, line.is_skipped, line.is_stale]
    line.standing, line.why = outcome.standing, outcome.why
    line.rule_id, line.verdict_id = outcome.rule_id, outcome.verdict_id
    line.has_changed = (
        outcome.verdict_id is not None
        and verdict is not None
        and (bytes(verdict.digest) != bytes(line.digest))
    )
    line.is_skipped = verdict is not None and verdict.act == Verdict.Act.SKIPPED
    line.is_stale = False
    after = [line.standing, line.why, line.rule_id, line.verdict_id]
    return before != after or flags != [line.has_changed, line.is_skipped, False]


def divide(line: Costed, outcome: Outcome) -> list[Portion]:
    """Return the parts of a line, which sum to it; none where it is no cost or revenue that can be added."""
    if line.amount is None or line.settled is None or line.side == Line.Side.OTHER:
        return []
    if not outcome.own_weight and len(outcome.shares) < 2:
        client_id, deal_id, _ = outcome.shares[0] if outcome.shares else (None, None, _ONE)
        whole = (line.net, line.amount, line.settled)
        return [Portion(client_id, deal_id, line.side, outcome.standing, line.day, *whole)]
    shares: list[Shared | None] = [*outcome.shares] or [None]
    weights = [share.weight if share else _ONE for share in shares]
    standings = [outcome.standing] * len(shares)
    if outcome.own_weight:
        shares, weights = [*shares, None], [*weights, outcome.own_weight]
        standings.append(Line.Standing.OVERHEAD)
    split = (split_amount(amount, weights) for amount in (line.net, line.amount, line.settled))
    return [
        Portion(
            share.client_id if share else None,
            share.deal_id if share else None,
            line.side,
            standing,
            line.day,
            *amounts,
        )
        for share, standing, *amounts in zip(shares, standings, *split, strict=True)
    ]


def _give(
    shares: Sequence[Shared], why: str, *, rule_id: int | None = None, verdict_id: int | None = None
) -> Outcome:
    return Outcome(Line.Standing.ATTRIBUTED, why, rule_id, verdict_id, shares)


def _read_shares(shares: Iterable[Share]) -> list[Shared]:
    return [Shared(one.client_id, one.deal_id, one.weight) for one in shares]


def _read_names(workspace_id: int) -> dict[str, int]:
    """Return the clients by their names, but for names that two of them have."""
    found: dict[str, list[int]] = defaultdict(list)
    known = Client.objects.filter(workspace_id=workspace_id, archived_at=None)
    for client_id, name in known.values_list("pk", "name"):
        found[fold(name)].append(client_id)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


def _read_verdicts(
    organisation: Organisation, document_ids: Collection[str]
) -> dict[tuple[str, str], Verdict]:
    """Return what people said last about lines of these documents."""
    said = Verdict.objects.filter(organisation=organisation, document_id__any_of=document_ids, undone_at=None)
    return {
        (verdict.document_id, verdict.line_key): verdict
        for verdict in said.order_by("pk").prefetch_related("shares")
    }
