"""What was asked of the stand-in, for tests that count calls."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stats:
    """Counters since the start or the last reset."""

    requests: Counter[str] = field(default_factory=Counter)
    calls_by_tenant: Counter[str] = field(default_factory=Counter)
    max_in_flight: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    api_answers: int = 0
    gzip_answers: int = 0
    bytes_raw: int = 0
    bytes_sent: int = 0

    def note_in_flight(self, tenant_id: str, count: int) -> None:
        """Keep the highest number of calls seen at once on one organisation."""
        self.max_in_flight[tenant_id] = max(self.max_in_flight[tenant_id], count)

    def render(self) -> dict[str, object]:
        """Return all counters."""
        return {
            "requests": dict(self.requests),
            "calls_by_tenant": dict(self.calls_by_tenant),
            "max_in_flight": dict(self.max_in_flight),
            "refusals_429": dict(self.refusals),
            "statuses": dict(self.statuses),
            "api_answers": self.api_answers,
            "gzip_answers": self.gzip_answers,
            "bytes_raw": self.bytes_raw,
            "bytes_sent": self.bytes_sent,
        }
