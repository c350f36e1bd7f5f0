"""Faults that are switched on for the next calls (FACTS 13)."""

from dataclasses import dataclass, field

API_FAULTS = frozenset(
    {
        "minute",
        "day",
        "concurrent",
        "429_bare",
        "503_text",
        "500",
        "html_404",
        "token_expired",
        "scope_removed",
        "timeout",
        "slow",
        "malformed_json",
        "truncated",
        "unknown_status",
        "missing_field",
        "commit_then_timeout",
    }
)
TOKEN_FAULTS = frozenset({"lose_token_answer", "token_503"})
PAGE_FAULTS = frozenset({"during_page_change"})
KINDS = API_FAULTS | TOKEN_FAULTS | PAGE_FAULTS


@dataclass
class Fault:
    """
    One switched-on fault.

    `match` is an endpoint's name, `method` a word like GET, and `tenant` an organisation; None matches all.
    The rest are details:
    `seconds` for timeout, slow and commit_then_timeout, `retry_after_s` for 429, `field` for missing_field,
    `page` and `changes` for during_page_change, `cut` ("length" or "json") for truncated.
    """

    kind: str
    count: int = 1
    match: str | None = None
    method: str | None = None
    tenant: str | None = None
    seconds: float = 1.0
    retry_after_s: int | None = None
    field: str | None = None
    page: int | None = None
    changes: int = 5
    cut: str = "length"
    seed: int = 1
    hits: int = 0


@dataclass
class Faults:
    """The faults now switched on, oldest first."""

    active: list[Fault] = field(default_factory=list)
    strikes: int = 0

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self.active.append(fault)

    def clear(self) -> None:
        """Switch all faults off."""
        self.active.clear()

    def take(
        self,
        kinds: frozenset[str],
        *,
        endpoint: str = "",
        method: str = "",
        tenant: str = "",
        page: int | None = None,
    ) -> Fault | None:
        """Return the first fault that strikes this call, using up one of its strikes."""
        for fault in self.active:
            if fault.kind not in kinds or fault.tenant not in {None, tenant}:
                continue
            if fault.match is not None and fault.match.lower() != endpoint.lower():
                continue
            if fault.method is not None and fault.method.upper() != method:
                continue
            if fault.page is not None and fault.page != page:
                continue
            fault.count -= 1
            fault.hits += 1
            self.strikes += 1
            if fault.count <= 0:
                self.active.remove(fault)
            return fault
        return None
