"""From what an address says to a query of the store, and from a cursor to its opaque form and back."""

from __future__ import annotations

import base64
import datetime as dt
from collections import Counter
from typing import Protocol
from urllib.parse import urlencode

from fastapi import Request

from communique.asking import edge, ends, question
from communique.errors import InputError
from communique.serve.models import Asked
from communique.serve.problems import Problem
from communique.store import Query, Store

SHOWN = 50
"""Records of a page of JSON where no limit is given."""


def query_of(kind: str, store: Store, asked: Asked) -> Query:
    """The query that `asked` stands for. Raises `InputError` for words that the codebook does not have, and what is no date."""
    given = asked.model_dump(exclude={"limit", "after", "format"})
    after = place_of(asked.after)
    if kind == "reports":
        since, until = (edge(given[n], n) if given[n] else "" for n in ("since", "until"))
        return Query(since=since, until=until, text=given["text"], newest=given["newest"], after=after)
    return question(kind, store, after=after, **{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


SEVERAL = {"/stream": ("country", "type", "status")}
"""Parameters that may be given several times, by the end of the address; elsewhere types and statuses."""


def once(request: Request) -> None:
    """Raises `Problem` where a parameter of one value is given several times: the last would silently count alone."""
    several = next((names for end, names in SEVERAL.items() if request.url.path.endswith(end)), ("type", "status"))
    times = Counter(name for name, _ in request.query_params.multi_items() if name not in several)
    reasons = {name: "is given twice" if n == 2 else f"is given {n} times" for name, n in times.items() if n > 1}
    if reasons:
        wrong = [{"in": "query", "name": name, "reason": f"{why}: ask one at a time"} for name, why in reasons.items()]
        raise Problem("invalid", "; ".join(f"{e['name']} {e['reason']}" for e in wrong), errors=wrong)


class _Sized(Protocol):
    @property
    def limit(self) -> int | None: ...


def size_of(asked: _Sized, form: str, page: int, rows: int) -> int:
    """How many records are given: as many as asked for, up to `page` as JSON and `rows` as a table."""
    most = page if form == "json" else rows
    if asked.limit is not None and asked.limit > most:
        hint = "`next` leads to those that follow"
        raise Problem("invalid", f"limit: {asked.limit} is more than the {most:,} that are given at once; {hint}")
    return asked.limit or min(most, SHOWN if form == "json" else most)


def cursor_of(place: str) -> str:
    """A place in an answer as callers see it."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(cursor: str) -> str:
    """The place that a cursor stands for; "" for "". Raises `InputError` where it is none."""
    try:
        place = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode("utf-8")
        Query(after=place)
    except (ValueError, InputError) as error:  # no base64, no UTF-8, or no place
        raise InputError(f"after {cursor!r}", "is no place in an answer", "give the `next` of an answer") from error
    return place


def onward(request: Request, cursor: str) -> dict[str, str]:
    """The header that leads to what follows; none where nothing does."""
    if not cursor:
        return {}
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "after"]
    # Relative: whatever a proxy calls this server, it leads there.
    return {"Link": f'<?{urlencode([*kept, ("after", cursor)])}>; rel="next"'}


def bounded(since: str, until: str, most: int) -> tuple[str, str]:
    """The first and last day of what an address names, "" where it names none.

    Raises `Problem` where both are named and more than `most` days apart: what is worked out for each day would else keep the
    server busy for minutes. Raises `InputError` for what is no date, and for an end before the beginning.
    """
    first, last = ends(since, until)
    if first and last and (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days > most:
        raise Problem("invalid", f"from {first} to {last} are more than {most:,} days, the most that is answered: ask for less")
    return first, last
