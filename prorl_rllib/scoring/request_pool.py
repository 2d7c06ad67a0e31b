"""The threads that work on requests of one kind, and how many of these are taken at once."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class RequestPool:
    """Works on requests of one kind; other kinds have pools of their own, so that none waits for another's work.

    Called by the thread of the event loop alone.

    Args:
        key: of `ServiceLimits` that says how many requests there may be.
        max_requests: requests that are read or worked on at once.
        num_threads: requests worked on at once; the others wait.
    """

    def __init__(self, key: str, max_requests: int, num_threads: int) -> None:
        self._key, self._max_requests = key, max_requests
        self._threads = ThreadPoolExecutor(num_threads, thread_name_prefix=key)
        self.num_requests = 0

    def refusal(self) -> str | None:
        """Return why no other request is taken now; None if one is."""
        if self.num_requests < self._max_requests:
            return None
        return f"{self.num_requests} requests are under way, {self._key} = {self._max_requests}: come again"

    async def work(self, read: Coroutine[Any, Any, bytes], work: Callable[[bytes, Callable[[], bool]], Any]) -> Any:
        """Read a request and work on it; its place is free again when the work has ended, not when its client left.

        Args:
            read: gives the request's body.
            work: of the body, in a thread; asks its second argument whether the client has left.

        Returns:
            What `work` returns; None when the client had left before it began.
        """
        left, started = threading.Event(), False
        self.num_requests += 1
        try:
            body = await read
            loop = asyncio.get_running_loop()
            future = self._threads.submit(lambda: None if left.is_set() else work(body, left.is_set))
            future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._end_request))
            started = True
            return await asyncio.wrap_future(future)
        finally:
            left.set()
            if not started:
                self._end_request()

    def _end_request(self) -> None:
        """Count a request's end."""
        self.num_requests -= 1
