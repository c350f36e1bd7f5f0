"""Proves who owes what: each contact's balance, and the control accounts of the trial balance."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from counterfoil.domain.money import round_to_cents
from counterfoil.domain.proof import (
    Cause,
    Evidence,
    Finding,
    Leeway,
    Reason,
    compare,
    merge_causes,
)
from counterfoil.sync.figures import DOCUMENTS, Copy, MirrorThread, OpenDocument, Side
from counterfoil.sync.questions import ContactBalance, Questions
from counterfoil.sync.reports import ReportLine
from counterfoil.sync.streams import STREAM_BY_NAME

_ZERO = Decimal(0)
_CENT = Decimal("0.01")

# Between the day of a document and today, a currency moves by less than this; a greater difference is
# not the currency's.
_MOST_GAIN = Decimal("0.25")

# Documents looked up one by one before the proof gives up on naming more of them.
_MOST_LOOKUPS = 50

# Causes that were found by looking at records on both sides, and so hold for the ledger too.
_OF_RECORDS = (Reason.TIMING, Reason.QUARANTINED, Reason.UNEXPLAINED)

# The part of the proof that two of its modules add to.
SHEET = "Balance sheet"

_SIDES = {Side.RECEIVABLE: "Receivable", Side.PAYABLE: "Payable"}


@dataclass(frozen=True)
class _Account:
    """One side of one contact: what is open here, and what Xero says is outstanding."""

    name: str
    side: Side
    currency: str
    xero: Decimal
    documents: list[OpenDocument] = field(default_factory=list)

    @property
    def figure(self) -> Finding:
        here = _total(self.documents)
        return Finding(f"{_SIDES[self.side]} by contact", self.name, self.currency, here, self.xero)


_Key = tuple[str, Side]


class BalanceProof:
    """Compares what is owed, and looks into every contact whose figures differ."""

    def __init__(self, copy: Copy, questions: Questions, mirror: MirrorThread) -> None:
        self._copy = copy
        self._questions = questions
        self._mirror = mirror
        self._controls: dict[Side, Finding] = {}
        self._record_causes: dict[Side, list[Cause]] = {side: [] for side in Side}

    async def compare_contacts(self) -> list[Finding]:
        """Return the sum of each side, and every contact that differs."""
        accounts = _match(self._copy, await self._questions.list_balances())
        compared = {key: self._compare(one, one.documents) for key, one in accounts.items()}
        doubtful = {key: accounts[key] for key, one in compared.items() if not one.is_explained}
        if doubtful:
            compared |= await self._look_into(doubtful)
        findings: list[Finding] = []
        for side, title in _SIDES.items():
            own = [one for (_, of_side), one in compared.items() if of_side is side]
            findings.append(
                Finding(
                    "Contact balances",
                    title,
                    self._copy.base_currency,
                    sum((one.here for one in own), _ZERO),
                    sum((one.xero for one in own), _ZERO),
                    merge_causes(cause for one in own for cause in one.causes),
                    f"{len(own):,} contact{'' if len(own) == 1 else 's'}",
                )
            )
            findings += sorted((one for one in own if not one.is_equal), key=lambda one: one.title)
        return findings

    async def compare_control_accounts(self) -> list[Finding]:
        """Return both control accounts of the trial balance against all open documents."""
        balances = await self._questions.read_trial_balance(self._copy.today)
        for side, account_id in self._copy.control_accounts.items():
            self._controls[side] = await self._compare_control(side, balances.get(account_id, _ZERO))
        return list(self._controls.values())

    def compare_sheet(self, lines: Iterable[ReportLine]) -> list[Finding]:
        """Return the same two accounts as the balance sheet has them; it is another report than the first."""
        shown = {line.account_id: line.amounts[0] for line in lines}
        findings = []
        for side, account_id in self._copy.control_accounts.items():
            control = self._controls.get(side)
            here = _total(one for one in self._copy.documents.values() if one.side is side)
            figure = Finding(
                SHEET,
                f"Accounts {side}",
                self._copy.base_currency,
                here,
                shown.get(account_id, _ZERO),
            )
            if control is not None and control.xero == figure.xero:
                findings.append(replace(figure, causes=control.causes))
            else:
                findings.append(compare(figure, found=self._record_causes[side]))
        return findings

    async def _compare_control(self, side: Side, balance: Decimal) -> Finding:
        """Explain a control account; by currencies only once all open documents were looked at."""
        own = [one for one in self._copy.documents.values() if one.side is side]
        figure = Finding(
            "Control accounts",
            f"Accounts {side}",
            self._copy.base_currency,
            _total(own),
            balance if side is Side.RECEIVABLE else -balance,
        )
        possible = [
            _sum_up(Reason.DATED_LATER, [one for one in own if one.day and one.day > self._copy.today]),
            _sum_up(Reason.PREPAYMENTS, [one for one in own if one.stream == "Prepayments"]),
        ]
        rounding, gains = _leeways(own, postings=self._copy.foreign_postings)
        compared = compare(figure, found=self._record_causes[side], possible=possible, leeways=[rounding])
        if compared.is_explained:
            return compared
        theirs = await self._read_theirs(None, own)
        there = [one for one in theirs.values() if one and one.side is side]
        known = await self._list_known(there)
        found = tuple(self._find_causes(own, there, theirs, known))
        return compare(figure, found=found, possible=possible, leeways=[rounding, gains])

    def _compare(
        self,
        account: _Account,
        theirs: Iterable[OpenDocument],
        found: Iterable[Cause] = (),
        *,
        last: bool = False,
    ) -> Finding:
        """Explain a contact by its credits; by currencies only once its records were looked at."""
        credits_left = [one for one in theirs if one.is_credit]
        return compare(
            account.figure,
            found=tuple(found),
            possible=[_sum_up(Reason.CREDITS, credits_left)],
            leeways=_leeways([*account.documents, *theirs]) if last else (),
        )

    async def _look_into(self, doubtful: Mapping[_Key, _Account]) -> dict[_Key, Finding]:
        """Read the documents of these contacts in Xero, and compare them one by one."""
        contact_ids = sorted({contact_id for contact_id, _ in doubtful})
        ours = [one for account in doubtful.values() for one in account.documents]
        theirs = await self._read_theirs(contact_ids, ours)
        known = await self._list_known([one for one in theirs.values() if one])
        compared = {}
        for key, account in doubtful.items():
            own = [one for one in theirs.values() if one and (one.contact_id, one.side) == key]
            found = tuple(self._find_causes(account.documents, own, theirs, known))
            self._record_causes[account.side] += [one for one in found if one.reason in _OF_RECORDS]
            compared[key] = self._compare(account, own, found, last=True)
        return compared

    async def _read_theirs(
        self, contact_ids: list[str] | None, ours: Iterable[OpenDocument]
    ) -> dict[str, OpenDocument | None]:
        """Return the open documents in Xero, and those that are open only here, one by one."""
        base = self._copy.base_currency
        theirs: dict[str, OpenDocument | None] = dict(await self._questions.list_open(contact_ids, base))
        unseen = [one for one in ours if one.xero_id not in theirs]
        for one in unseen[:_MOST_LOOKUPS]:
            theirs[one.xero_id] = await self._questions.get_document(one.stream, one.xero_id, base)
        return theirs

    def _find_causes(
        self,
        ours: Iterable[OpenDocument],
        own: Iterable[OpenDocument],
        theirs: Mapping[str, OpenDocument | None],
        known: frozenset[str],
    ) -> Iterable[Cause]:
        """Yield a cause for every document that counts here for something else than in Xero."""
        here = {one.xero_id: one for one in ours}
        there = {one.xero_id: one for one in own}
        for xero_id in [*here, *(key for key in there if key not in here)]:
            held, owed = here.get(xero_id), there.get(xero_id)
            counts_here = held.base if held else _ZERO
            counts_there = owed.base if owed else _ZERO
            if counts_here == counts_there:
                continue
            one = held or owed
            assert one is not None
            evidence = Evidence(
                one.stream,
                xero_id,
                one.title,
                counts_here if held or xero_id in known else None,
                counts_there if owed else None,
                one.kind,
            )
            reason = self._name_reason(self._copy.documents.get(xero_id), theirs.get(xero_id), one)
            yield Cause(reason, counts_here - counts_there, (evidence,))

    def _name_reason(
        self, ours: OpenDocument | None, xeros: OpenDocument | None, one: OpenDocument
    ) -> Reason:
        if one.xero_id in self._copy.quarantined.get(one.stream, frozenset()):
            return Reason.QUARANTINED
        held = ours.updated_at if ours else None
        if xeros is not None and self._copy.is_behind(one.stream, xeros.updated_at, held=held):
            return Reason.TIMING
        if ours is not None and xeros is not None and ours.contact_id != xeros.contact_id:
            return Reason.MOVED
        return Reason.UNEXPLAINED

    async def _list_known(self, documents: list[OpenDocument]) -> frozenset[str]:
        """Return which of these documents the mirror holds at all, open or not."""
        known: frozenset[str] = frozenset()
        for name in DOCUMENTS:
            ids = [one.xero_id for one in documents if one.stream == name]
            known |= await self._mirror.list_known(STREAM_BY_NAME[name], ids)
        return known


def _match(copy: Copy, balances: Mapping[str, ContactBalance]) -> dict[_Key, _Account]:
    """Return both sides of every contact that Xero has or that a document here names."""
    accounts = {
        (contact_id, side): _Account(balance.name, side, copy.base_currency, balance.owed[side])
        for contact_id, balance in balances.items()
        for side in Side
    }
    for one in copy.documents.values():
        key = (one.contact_id, one.side)
        if key not in accounts:
            accounts[key] = _Account(one.contact_name, one.side, copy.base_currency, _ZERO)
        accounts[key].documents.append(one)
    return accounts


def _total(documents: Iterable[OpenDocument]) -> Decimal:
    return sum((one.base for one in documents), _ZERO)


def _sum_up(reason: Reason, documents: list[OpenDocument]) -> Cause:
    """Return documents that count here and perhaps not in Xero's figure, as one possible cause."""
    records = tuple(
        Evidence(one.stream, one.xero_id, one.title, one.base, None, one.kind) for one in documents
    )
    return Cause(reason, _total(documents), records)


def _leeways(documents: Iterable[OpenDocument], *, postings: int = 0) -> list[Leeway]:
    """Return what foreign currencies can account for: a cent each for rounding, and a bounded gain."""
    foreign = {one.xero_id: one for one in documents if one.is_foreign}
    exposed = sum((abs(one.base) for one in foreign.values()), _ZERO)
    return [
        Leeway(Reason.ROUNDING, _CENT * max(len(foreign), postings)),
        Leeway(Reason.CURRENCY, round_to_cents(exposed * _MOST_GAIN)),
    ]
