"""Xero's four limits in fixed windows with a phase of their own (FACTS 4, 13)."""

import math
from dataclasses import dataclass, field
from random import Random

MINUTE_CALLS = 60
APP_MINUTE_CALLS = 10_000
IN_FLIGHT = 5
_MINUTE_S = 60
_DAY_S = 86_400


@dataclass
class Window:
    """A budget that is full again at each turn of its window."""

    cap: int
    length_s: int
    phase_s: float
    used: int = 0
    number: int = -1

    def left(self, now_s: float) -> int:
        """Return what remains in the window that `now_s` falls into."""
        number = math.floor((now_s - self.phase_s) / self.length_s)
        if number != self.number:
            self.number, self.used = number, 0
        return self.cap - self.used

    def seconds_until_next(self, now_s: float) -> int:
        """Return whole seconds until the budget is full again, at least one."""
        return max(1, math.ceil(self.length_s - (now_s - self.phase_s) % self.length_s))


@dataclass
class TenantBudget:
    """What one app may still do on one organisation."""

    minute: Window
    day: Window
    in_flight: int = 0


@dataclass(frozen=True)
class Breach:
    """A limit that stands in the way."""

    kind: str
    retry_after_s: int | None


@dataclass
class Limits:
    """Budgets of all apps; switched off, they count only what is in flight."""

    enabled: bool
    daily_calls: int
    minute_calls: int = MINUTE_CALLS
    rng: Random = field(default_factory=lambda: Random(11))  # noqa: S311 -- phases, not secrets
    _tenants: dict[tuple[str, str], TenantBudget] = field(default_factory=dict)
    _apps: dict[str, Window] = field(default_factory=dict)

    def budget(self, client_id: str, tenant_id: str) -> TenantBudget:
        """Return the budget of one app on one organisation."""
        key = (client_id, tenant_id)
        if key not in self._tenants:
            self._tenants[key] = TenantBudget(
                minute=Window(self.minute_calls, _MINUTE_S, self.rng.uniform(0, _MINUTE_S)),
                day=Window(self.daily_calls, _DAY_S, self.rng.uniform(0, _DAY_S)),
            )
        return self._tenants[key]

    def take(self, client_id: str, tenant_id: str, *, now_s: float) -> Breach | None:
        """Spend one call, or return the limit that forbids it."""
        budget, app = self.budget(client_id, tenant_id), self._app(client_id)
        if not self.enabled:
            return None
        if budget.in_flight >= IN_FLIGHT:
            return Breach("concurrent", None)
        windows = {"appminute": app, "day": budget.day, "minute": budget.minute}
        for kind, window in windows.items():
            if window.left(now_s) <= 0:
                return Breach(kind, window.seconds_until_next(now_s))
        for window in windows.values():
            window.used += 1
        return None

    def headers(self, client_id: str, tenant_id: str, *, now_s: float) -> dict[str, str]:
        """Return the three remaining budgets as Xero's headers."""
        if not self.enabled:
            return {}
        budget = self.budget(client_id, tenant_id)
        return {
            "x-minlimit-remaining": str(max(0, budget.minute.left(now_s))),
            "x-daylimit-remaining": str(max(0, budget.day.left(now_s))),
            **self.app_header(client_id, now_s=now_s),
        }

    def app_header(self, client_id: str, *, now_s: float) -> dict[str, str]:
        """Return the app's remaining budget, which a 403 carries as well."""
        if not self.enabled:
            return {}
        return {"x-appminlimit-remaining": str(max(0, self._app(client_id).left(now_s)))}

    def _app(self, client_id: str) -> Window:
        if client_id not in self._apps:
            self._apps[client_id] = Window(APP_MINUTE_CALLS, _MINUTE_S, self.rng.uniform(0, _MINUTE_S))
        return self._apps[client_id]
