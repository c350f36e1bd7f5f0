"""What the proof asks Xero: how many records there are, whole lists, contact balances, the trial balance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import msgspec

from counterfoil.sync.blindspots import list_batches
from counterfoil.sync.figures import CREDITS, OpenDocument, Side, read_document
from counterfoil.sync.reader import PAGE_SIZE, SHORT_PAGE
from counterfoil.sync.reports import ReportLine, parse_lines, parse_trial_balance
from counterfoil.sync.streams import STREAM_BY_NAME, Stream, Walk
from counterfoil.xero.budget import Priority
from counterfoil.xero.client import Answer, XeroClient
from counterfoil.xero.errors import AnswerNotUnderstood, NotFound
from counterfoil.xero.records import Record, Unreadable, read_record
from counterfoil.xero.wire.pages import Page, parse_page

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Listed:
    """One record of a list; None when it cannot be read."""

    xero_id: str
    record: Record | None

    @property
    def updated_at(self) -> datetime | None:
        """When Xero says that it changed."""
        return getattr(self.record, "updated_at", None)


class _Owed(msgspec.Struct, rename="pascal"):
    outstanding: Decimal = _ZERO


class _Balances(msgspec.Struct, rename="pascal"):
    accounts_receivable: _Owed = msgspec.field(default_factory=_Owed)
    accounts_payable: _Owed = msgspec.field(default_factory=_Owed)


class _Contact(msgspec.Struct):
    xero_id: str = msgspec.field(name="ContactID")
    name: str = msgspec.field(name="Name", default="")
    balances: _Balances = msgspec.field(name="Balances", default_factory=_Balances)


@dataclass(frozen=True)
class ContactBalance:
    """What Xero says is outstanding with a contact, in base currency."""

    name: str
    owed: Mapping[Side, Decimal]


class Questions:
    """Asks one organisation, as urgently as whoever waits for the answers."""

    def __init__(self, client: XeroClient, priority: Priority) -> None:
        self._client = client
        self._priority = priority
        self.calls = 0

    async def count(self, stream: Stream) -> int:
        """Return how many records the list has, by the smallest page of it where it has pages."""
        if stream.walk in (Walk.WHOLE, Walk.SHORT_PAGES):
            return len(await self.list_records(stream))
        page = await self._read(stream, {**stream.params, "page": "1", "pageSize": "1"})
        if page.pagination is None:
            raise AnswerNotUnderstood(f"the list of {stream.key} does not say how long it is")
        return page.pagination.item_count

    async def list_records(
        self, stream: Stream, narrowed: Mapping[str, str] | None = None, *, since: datetime | None = None
    ) -> list[Listed]:
        """Return every record of a list, or those changed since a moment."""
        params = {**stream.params, **stream.order, **(narrowed or {})}
        return [_listed(stream, raw) for raw in await self._read_all(stream, params, since)]

    async def list_open(self, contact_ids: list[str] | None, base_currency: str) -> dict[str, OpenDocument]:
        """Return the open documents: invoices of these contacts or of all, and every open credit."""
        invoices = STREAM_BY_NAME["Invoices"]
        found: list[tuple[str, Listed]] = []
        whose = [{}] if contact_ids is None else [{"ContactIDs": ids} for ids in list_batches(contact_ids)]
        for narrowed in whose:
            listed = await self.list_records(invoices, {"Statuses": "AUTHORISED", **narrowed})
            found += [("Invoices", one) for one in listed]
        for name in CREDITS:
            listed = await self.list_records(STREAM_BY_NAME[name], {"where": 'Status=="AUTHORISED"'})
            found += [(name, one) for one in listed]
        return {
            one.xero_id: read_document(name, one.record, base_currency)
            for name, one in found
            if one.record is not None
        }

    async def get_document(self, name: str, xero_id: str, base_currency: str) -> OpenDocument | None:
        """Return a document by its id, or None when Xero does not have it."""
        stream = STREAM_BY_NAME[name]
        try:
            answer = await self._get(f"{name}/{xero_id}", stream.params)
        except NotFound:
            return None
        for raw in parse_page(answer.body, stream.key).records:
            record = _listed(stream, raw).record
            return read_document(name, record, base_currency) if record is not None else None
        return None

    async def list_balances(self) -> dict[str, ContactBalance]:
        """Return what Xero says each contact owes and is owed, by the contact's id."""
        stream = STREAM_BY_NAME["Contacts"]
        raws = await self._read_all(stream, {**stream.params, **stream.order}, None)
        try:
            contacts = [msgspec.json.decode(raw, type=_Contact) for raw in raws]
        except msgspec.MsgspecError:
            raise AnswerNotUnderstood("a contact's balances are not where they usually are") from None
        return {
            contact.xero_id: ContactBalance(
                contact.name,
                {
                    Side.RECEIVABLE: contact.balances.accounts_receivable.outstanding,
                    Side.PAYABLE: contact.balances.accounts_payable.outstanding,
                },
            )
            for contact in contacts
        }

    async def read_trial_balance(self, day: date) -> dict[str, Decimal]:
        """Return each account's balance at the end of a day by the account's id, debits positive."""
        answer = await self._get("Reports/TrialBalance", {"date": day.isoformat()})
        return parse_trial_balance(answer.body)

    async def read_balance_sheet(self, day: date) -> list[ReportLine]:
        """Return the lines of the balance sheet at the end of a day, one column."""
        answer = await self._get("Reports/BalanceSheet", {"date": day.isoformat()})
        return parse_lines(answer.body, "balance sheet")

    async def read_profit_and_loss(
        self, first: date, last: date, *, before: int = 0, is_cash: bool = False
    ) -> list[ReportLine]:
        """Return the lines of a month's profit and loss, with a column for each of the months before it."""
        # Without the standard layout, a report has the groups that a person arranged for it.
        params = {"fromDate": first.isoformat(), "toDate": last.isoformat(), "standardLayout": "true"}
        if before:
            params |= {"periods": str(before), "timeframe": "MONTH"}
        if is_cash:
            params["paymentsOnly"] = "true"
        answer = await self._get("Reports/ProfitAndLoss", params)
        return parse_lines(answer.body, "profit and loss")

    async def list_raw(
        self, stream: Stream, narrowed: Mapping[str, str] | None = None, *, since: datetime | None = None
    ) -> list[bytes]:
        """Return the text of every record of a list, or of those changed since a moment."""
        params = {**stream.params, **stream.order, **(narrowed or {})}
        return [bytes(raw) for raw in await self._read_all(stream, params, since)]

    async def _read_all(
        self, stream: Stream, params: Mapping[str, str], since: datetime | None
    ) -> list[msgspec.Raw]:
        if stream.walk is Walk.WHOLE:
            return (await self._read(stream, params)).records
        size = {} if stream.walk is Walk.SHORT_PAGES else {"pageSize": str(PAGE_SIZE)}
        raws: list[msgspec.Raw] = []
        number = 1
        while True:
            page = await self._read(stream, {**params, **size, "page": str(number)}, since)
            raws += page.records
            if page.pagination is None:
                is_last = stream.walk is not Walk.SHORT_PAGES or len(page.records) < SHORT_PAGE
            else:
                is_last = number >= page.pagination.page_count
            if is_last:
                return raws
            number += 1

    async def _read(self, stream: Stream, params: Mapping[str, str], since: datetime | None = None) -> Page:
        answer = await self._get(stream.name, params, since)
        return parse_page(answer.body, stream.key, correlation_id=answer.correlation_id)

    async def _get(self, path: str, params: Mapping[str, str], since: datetime | None = None) -> Answer:
        self.calls += 1
        return await self._client.get(path, priority=self._priority, params=params, modified_since=since)


def _listed(stream: Stream, raw: msgspec.Raw) -> Listed:
    try:
        record = read_record(stream.record, raw)
    except Unreadable:
        found = msgspec.json.decode(raw)
        return Listed(str(found.get(stream.id_member, "")), None)
    return Listed(record.xero_id, record)  # type: ignore[attr-defined]  # every kind has one; a test sees to it
