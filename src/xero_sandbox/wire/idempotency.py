"""Answers kept for six minutes, so that a repeated request does its work once (FACTS 5.5)."""

from dataclasses import dataclass, field, replace

from xero_sandbox.wire.answers import Answer, refused

KEPT_S = 360
LONGEST_KEY = 128


class KeyMisused(ValueError):
    """The key came with another request, or is too long; `answer` says so."""

    def __init__(self, sentence: str) -> None:
        self.answer = refused(10, "ValidationException", sentence)
        super().__init__(sentence)


@dataclass
class IdempotencyStore:
    """What each app's keys stand for."""

    _kept: dict[tuple[str, str], tuple[object, Answer, float]] = field(default_factory=dict)

    def find(self, client_id: str, key: str, request: object, *, now_s: float) -> Answer | None:
        """Return a copy of the answer to the same request, or None; raise KeyMisused for another one."""
        if len(key) > LONGEST_KEY:
            raise KeyMisused("Idempotency Key must not be longer than 128 characters.")
        known = self._kept.get((client_id, key))
        if known is None or now_s - known[2] >= KEPT_S:
            return None
        if known[0] != request:
            raise KeyMisused(f"Idempotency Key: {key} is used with a different request.")
        # Headers tell of limits and compression at the time; only what was said is repeated.
        return replace(known[1], headers={})

    def keep(self, client_id: str, key: str, request: object, answer: Answer, *, now_s: float) -> None:
        """Remember an answer, and forget those whose time is up."""
        self._kept = {name: item for name, item in self._kept.items() if now_s - item[2] < KEPT_S}
        self._kept[client_id, key] = (request, replace(answer, headers={}), now_s)
