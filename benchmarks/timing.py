"""Tells how long something took, and what of that was computing: a busy machine lengthens the first."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Taken:
    """Seconds by the clock, and of computing: in this process, and in the database for its connection."""

    seconds: float
    here: float
    database: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s ({self.here:.1f} + {self.database:.1f})"

    @property
    def computing(self) -> float:
        """All computing, here and in the database."""
        return self.here + self.database


def take_time(do: Callable[[], object]) -> Taken:
    """Do it, and return what it took."""
    begun, here, database = time.perf_counter(), time.process_time(), _read_database()
    do()
    return Taken(time.perf_counter() - begun, time.process_time() - here, _read_database() - database)


def _read_database() -> float:
    """Return the seconds that the database has computed for this connection; 0 where nothing tells."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
