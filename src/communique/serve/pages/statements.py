"""Statements: what was said, verbatim, the last first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.today import Name, Values, Word
from communique.store import Query as Asked
from communique.store import Store, StoredStatement, desk
from communique.views import flat

router = APIRouter(include_in_schema=False)

PAGE = 50
EXPORTED = 5000


@dataclass(frozen=True, slots=True)
class Said:
    """Words that several reports have alike, as copies of one wire do: `one` is the first that was met, `others` the rest."""

    one: StoredStatement
    others: tuple[StoredStatement, ...] = ()


def together(found: Iterable[StoredStatement], most: int = 0) -> list[Said]:
    """Statements of one speaker in the same words, once; at most `most` (0: all)."""
    groups: dict[tuple[str, str], list[StoredStatement]] = {}
    for one in found:
        speaker = one.statement.speaker
        groups.setdefault((speaker.name or speaker.code, " ".join(one.words.casefold().split())), []).append(one)
    # They come the last first: the first report that had the words stands for them.
    listed = [Said(group[-1], tuple(group[:-1])) for group in groups.values()]
    return listed[:most] if most else listed


@router.get("/statements")
def statements(
    request: Request, store: Annotated[Store, Depends(store_of)], actor: Name = "", recipient: Name = "",
    act: Values = (), since: Word = "", until: Word = "", after: Word = "",
) -> Any:  # fmt: skip
    """The list, a page at a time."""
    form = common.form(request)
    first, last = common.day(since, "since"), common.day(until, "until")
    common.ordered(first, last)
    asked = Asked(
        common.who(actor), common.who(recipient), common.chosen("act", act), (), first, last,
        newest=True, limit=EXPORTED if form else PAGE + 1, after=common.cursor(after),
    )  # fmt: skip
    found = list(store.statements(asked))
    if form:
        rows = [flat.statement(one) for one in found]
        return common.as_csv(rows, "statements", flat.STATEMENT) if form == "csv" else common.as_json(rows, "statements")
    if desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    more = found[PAGE - 1].cursor if len(found) > PAGE else ""
    return common.show(
        request, "statements.html", "Statements", asked=asked, listed=together(found[:PAGE]), after=after,
        more=links.changed("/statements", common.params(request), after=more) if more else "",
    )  # fmt: skip
