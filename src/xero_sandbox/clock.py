"""The stand-in's own clock, which a test or a person can set and move."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Runs with the real time, shifted by whatever it was set to."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        """Return the stand-in's moment, in UTC."""
        return datetime.now(UTC) + self._shift

    def now_ms(self) -> int:
        """Return the stand-in's moment in whole milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)

    def now_s(self) -> float:
        """Return the stand-in's moment in seconds since 1970."""
        return self.now().timestamp()

    @property
    def shift_s(self) -> float:
        """How far the stand-in's moment is from the real one."""
        return self._shift.total_seconds()

    def set(self, moment: datetime) -> None:
        """Make `moment` the present; the clock runs on from there."""
        self._shift = moment.astimezone(UTC) - datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Move the present by `seconds`."""
        self._shift += timedelta(seconds=seconds)
