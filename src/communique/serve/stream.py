"""New incidents as they come, for whoever listens: one look at the store for all, as server-sent events.

The watcher that adds reports is another process: the store is what both know. Nobody listens, nobody looks.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

from communique.errors import CommuniqueError
from communique.records import Incident
from communique.serve.api.formats import plain
from communique.serve.problems import Problem
from communique.store import Store
from communique.store.paging import Place, came_after, newest

KEPT = 1000
"""Incidents kept for who comes back; who missed more is told to load anew."""

PART = 200
QUIET = 15.0
"""Seconds after which something is sent even where nothing happened: proxies close what is silent for a minute."""

RETRY = 3000
"""Milliseconds after which a browser connects again."""

Wanted = Callable[[Incident], bool]
Item = tuple[Place, Incident, str]


class Broadcast:
    """Looks for new incidents each `every` seconds while somebody listens, at most `most` of them."""

    def __init__(self, store: Store, every: float, most: int) -> None:
        self.store, self.every, self.most = store, every, most
        self.listening = 0
        self._items: deque[Item] = deque(maxlen=KEPT)
        self._at = Place()
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._closed = False

    def room(self) -> None:
        """Raises `Problem` where as many listen as may."""
        if self.listening >= self.most:
            raise Problem("busy", f"{self.listening} listen already: try again later", headers={"Retry-After": "30"})

    async def listen(self, last: str, wanted: Wanted) -> AsyncIterator[bytes]:
        """Server-sent events behind `last` (an id; "": from now on): "incident", or "reset" where too many were missed."""
        self.listening += 1
        try:
            await self._begin()
            place = _parsed(last) or self._at
            yield f"retry: {RETRY}\nid: {_told(place)}\n\n".encode()
            while not self._closed:
                place, items = await self._behind(place)
                if items is None:
                    yield f"event: reset\nid: {_told(place)}\ndata: more than {KEPT} came meanwhile\n\n".encode()
                    continue
                for place, one, line in items:
                    if wanted(one):
                        yield f"event: incident\nid: {_told(place)}\ndata: {line}\n\n".encode()
                if not items and not await self._wait():
                    yield f"id: {_told(place)}\n: nothing new\n\n".encode()
        finally:
            self.listening -= 1

    async def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._items.clear()
            self._at = await run_in_threadpool(newest, self.store)
            self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while self.listening and not self._closed:
            await asyncio.sleep(self.every)
            try:
                self._at, found = await run_in_threadpool(came_after, self.store, self._at, PART)
            except CommuniqueError:
                continue  # a database that is away for a while comes back
            if found:
                self._items.extend(map(_item, found))
                self._news.set()
                self._news = asyncio.Event()

    async def _behind(self, place: Place) -> tuple[Place, list[Item] | None]:
        """Where a listener is, and what came behind it; None where too much was missed."""
        if place == self._at:
            return place, []
        items = list(self._items)
        for n, (known, _, _) in enumerate(items):
            if known == place:
                return place, items[n + 1 :]
        place, found = await run_in_threadpool(came_after, self.store, place, KEPT + 1)
        return (self._at, None) if len(found) > KEPT else (place, [_item(one) for one in found])

    async def _wait(self) -> bool:
        """Whether something came before `QUIET` seconds were over."""
        try:
            async with asyncio.timeout(QUIET):
                await self._news.wait()
            return True
        except TimeoutError:
            return False

    async def close(self) -> None:
        """Ends what listens."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        self._news.set()


def _item(found: tuple[Place, Incident]) -> Item:
    # ASCII, and so one line whatever a report holds.
    return *found, json.dumps(plain(found[1]))


def _told(place: Place) -> str:
    return f"{place.number}-{place.ident}"


def _parsed(given: str) -> Place | None:
    number, dash, ident = given.partition("-")
    if not (dash and number.isascii() and number.isdecimal() and len(number) <= 10 and ident.isalnum() and len(ident) <= 64):
        return None
    return Place(int(number), ident)


def chooser(countries: tuple[str, ...], types: tuple[str, ...], statuses: tuple[str, ...]) -> Wanted:
    """Whether an incident has a party of these countries, is of these types and statuses; what is empty does not narrow."""

    def wanted(one: Incident) -> bool:
        if (types and one.type not in types) or (statuses and one.status not in statuses):
            return False
        return not countries or any(e.country in countries for e in (*one.actors, *one.recipients))

    return wanted
