"""Search: words in reports, statements and incidents, and the names of actors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from communique.errors import InputError
from communique.serve.api.search import statements as said
from communique.serve.app import store_of
from communique.serve.pages import common, links
from communique.serve.pages.statements import together
from communique.serve.pages.today import Word
from communique.store import Query, Store, desk, paging, people, places
from communique.store.searching import parse
from communique.views import flat

router = APIRouter(include_in_schema=False)

KINDS = ("all", "reports", "statements", "incidents", "actors")
FEW, PAGE, EXPORTED = 8, 50, 2000
"""Hits of each kind on the page of all, on the page of one, and in an export."""

AROUND = 110
"""Characters before and after the first word that is found in a text."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A report, with where the words stand in its text: (words, whether they are those that were looked for)."""

    report: paging.ListedReport
    where: tuple[tuple[str, bool], ...]


@router.get("/search")
def search(
    request: Request, store: Annotated[Store, Depends(store_of)], q: Word = "", kind: Word = "all", after: Word = ""
) -> Any:
    """One box for all."""
    if kind not in KINDS:
        raise InputError(f"kind {kind!r}", "is none that is searched", f"it is one of {', '.join(KINDS)}")
    form = common.form(request)
    if not form and desk.empty(store):
        return common.show(request, "empty.html", "Begin", store=store.name)
    wrong, words = "", []
    try:
        words = [word for part in parse(q)[0] for word in part] if q.strip() else []
    except InputError as error:
        if form:
            raise
        wrong = str(error)
    hits = _hits(store, q, kind, words, EXPORTED if form else PAGE if kind != "all" else FEW, after) if words else _NOTHING
    if form:
        return _export(form, hits, kind, q)
    more = ""
    if hits["after"] and kind != "all":
        more = links.changed("/search", common.params(request), after=hits["after"])
    return common.show(
        request, "search.html", f"Search: {q}" if q else "Search", q=q, kind=kind, kinds=KINDS, hits=hits, more=more, wrong=wrong,
        said=together(hits["statements"]), few=FEW, asked=bool(words),
    )  # fmt: skip


_NOTHING: dict[str, Any] = {"reports": [], "statements": [], "incidents": [], "actors": [], "after": ""}


def _hits(store: Store, q: str, kind: str, words: Sequence[str], size: int, after: str) -> dict[str, Any]:
    """What is found of each kind that is asked for, the last first; `after` is the cursor behind the reports or incidents."""
    out = dict(_NOTHING)
    asked = Query(text=q, newest=True, after=common.cursor(after))
    if kind in ("all", "reports"):
        page = paging.page(store, "reports", asked, size)
        listed = list(paging.load(store, page))
        texts = places.texts(store, [one.key for one in listed]) if size <= PAGE else {}
        out |= {"reports": [Hit(one, around(texts.get(one.key, ""), words)) for one in listed], "after": page.after}
    if kind in ("all", "incidents"):
        page = paging.page(store, "incidents", asked, size)
        out |= {"incidents": list(paging.load(store, page))}
        out["after"] = page.after if kind == "incidents" else out["after"]
    if kind in ("all", "statements"):
        out["statements"] = said(store, Query(text=q, newest=True), min(size, 200))
    if kind in ("all", "actors"):
        out["actors"] = people.named_like(store, q.strip('" '), size)
    return out


def around(text: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """The first place in `text` with one of `words`, in pieces; the words are found by how they begin, as stems are not words."""
    flat_text = " ".join(text.split())
    stems = [re.escape(w if len(w) < 5 else w[: max(4, len(w) - 3)]) for w in words]
    found = list(re.finditer(r"\b(?:" + "|".join(stems) + r")\w*", flat_text, re.IGNORECASE)) if stems else []
    start = max(0, found[0].start() - AROUND) if found else 0
    start = flat_text.find(" ", start) + 1 if start else 0
    end = min(len(flat_text), (found[0].end() if found else 0) + AROUND)
    out = [("… ", False)] if start else []
    at = start
    for hit in found:
        if hit.end() <= end:
            out += [(flat_text[at : hit.start()], False), (hit.group(), True)]
            at = hit.end()
    out.append((flat_text[at:end] + (" …" if end < len(flat_text) else ""), False))
    return tuple(piece for piece in out if piece[0])


COLUMNS = ("kind", "id", "day", "title", "words", "link")


def _export(form: str, hits: dict[str, Any], kind: str, q: str) -> Any:
    rows = [
        *(_line("report", r.key, r.published, r.title, "", links.report(r.key)) for r in (h.report for h in hits["reports"])),
        *(_line("statement", s.statement.id, s.published, s.title, s.words, links.report(s.report, statement=s.statement.id))
          for s in hits["statements"]),
        *(_line("incident", i.id, i.date or i.first_seen, common.deed(i.type, i.actors, i.recipients), "", links.incident(i.id))
          for i in hits["incidents"]),
        *(_line("actor", f.ident, "", f.name, " ".join(p for p in (f.country, f.sector, f.office) if p), links.person(f.name))
          for f in hits["actors"]),
    ]  # fmt: skip
    if form == "csv":
        return common.as_csv(rows, f"search-{q}", COLUMNS)
    whole = {
        "q": q, "reports": [h.report.to_dict() for h in hits["reports"]], "actors": [_plain(f) for f in hits["actors"]],
        "statements": [flat.statement(s) for s in hits["statements"]], "incidents": [flat.incident(i) for i in hits["incidents"]],
    }  # fmt: skip
    return common.as_json(whole if kind == "all" else {"q": q, kind: whole[kind]}, f"search-{q}")


def _line(*values: str) -> dict[str, Any]:
    return dict(zip(COLUMNS, values, strict=True))


def _plain(one: people.Figure) -> dict[str, str]:
    return {"name": one.name, "country": one.country, "sector": one.sector, "office": one.office, "id": one.ident}
