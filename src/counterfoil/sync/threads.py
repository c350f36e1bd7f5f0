"""Runs database work beside the event loop: one thread each, so that each has one connection of its own."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    """A thread with a database connection; what is given to it runs one after the other."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function there and return what it returns."""
        here = contextvars.copy_context()  # its lines in the log name the same request and job
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: here.run(work, *args, **kwargs))

    async def __aenter__(self) -> "DatabaseThread":
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.run(connections.close_all)
        self._executor.shutdown()
