"""The list parameters of one request, read once and clamped as Xero clamps them (FACTS 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from xero_sandbox.books.catalogue import Resource
from xero_sandbox.wire.datekit import parse_modified_since

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1_000


@dataclass(frozen=True)
class ListQuery:
    """What a list request asks for; `page` is None for an unpaged list."""

    page: int | None = None
    page_size: int = DEFAULT_PAGE_SIZE
    since_ms: int | None = None
    where: str = ""
    order: str = ""
    ids: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    contact_ids: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    search: str = ""
    include_archived: bool = False
    summary_only: bool = False
    links: tuple[tuple[str, str], ...] = ()
    fine: bool = False

    @property
    def selection(self) -> "ListQuery":
        """The query without its page, which is the same for every page of one walk."""
        return replace(self, page=None, page_size=0, fine=False)


_LINK_FIELDS = ("LinkedTransactionID", "SourceTransactionID", "TargetTransactionID", "ContactID")


def parse_query(resource: Resource, params: Mapping[str, str], modified_since: str | None) -> ListQuery:
    """Return the parameters this endpoint honours; unknown ones are ignored (FACTS 13)."""
    given = {key.lower(): value for key, value in params.items()}
    query = ListQuery(
        since_ms=parse_modified_since(modified_since) if modified_since and resource.modified_since else None,
        where=given.get("where", "") if resource.where else "",
        order=given.get("order", "") if resource.order else "",
        ids=_split(given.get("ids")) if resource.name in {"Invoices", "Contacts"} else frozenset(),
        include_archived=_is_true(given.get("includearchived")),
        search=given.get("searchterm", "").strip() if resource.search_fields else "",
        fine=given.get("unitdp") == "4",
        summary_only=_is_true(given.get("summaryonly")) and bool(resource.summary_drops),
    )
    if resource.name == "Invoices":
        query = replace(
            query,
            statuses=_split(given.get("statuses")),
            contact_ids=_split(given.get("contactids")),
            numbers=_split(given.get("invoicenumbers")),
        )
    if resource.name == "LinkedTransactions":
        query = replace(query, links=_parse_links(given))
    return _with_page(resource, query, given)


def _with_page(resource: Resource, query: ListQuery, given: Mapping[str, str]) -> ListQuery:
    # FACTS 12.16: ManualJournals ignores paging when an order is given.
    if not resource.paged or (resource.name == "ManualJournals" and query.order):
        return query
    if resource.fixed_page_size is not None:
        page = _number(given.get("page"), default=1)
        return replace(query, page=max(1, page), page_size=resource.fixed_page_size)
    forced = query.statuses or query.ids or query.contact_ids or query.numbers or query.summary_only
    if "page" not in given and not forced:
        return query
    size = _number(given.get("pagesize"), default=DEFAULT_PAGE_SIZE)
    return replace(
        query,
        page=max(1, _number(given.get("page"), default=1)),
        page_size=min(MAX_PAGE_SIZE, max(1, size)),
    )


def _parse_links(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    links = [(field, given[field.lower()].lower()) for field in _LINK_FIELDS if given.get(field.lower())]
    # Status filters only together with ContactID (FACTS 7.6).
    if given.get("status") and given.get("contactid"):
        links.append(("Status", given["status"].lower()))
    return tuple(links)


def _split(text: str | None) -> frozenset[str]:
    parts = (part.strip().strip('"').lower() for part in (text or "").split(","))
    return frozenset(part for part in parts if part)


def _number(text: str | None, *, default: int) -> int:
    try:
        return int(text) if text else default
    except ValueError:
        return default


def _is_true(text: str | None) -> bool:
    return (text or "").lower() == "true"
