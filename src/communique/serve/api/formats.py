"""How an answer is written: JSON, CSV or Parquet, as a caller accepts it; a tag by which it is known again."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from fastapi import Request
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse

from communique.serve.problems import Problem

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
FORMATS = {"json": JSON, "csv": CSV, "parquet": PARQUET}

LINES = 500
"""Rows of a table that are sent at once."""

Rows = Iterable[dict[str, Any]]


def plain(value: Any) -> Any:
    """Records as dictionaries and lists; as `dataclasses.asdict`, without copying what cannot change."""
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    kind: Any = type(value)
    return {name: plain(getattr(value, name)) for name in _names(kind)}


@lru_cache(maxsize=64)
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(kind))


def chosen(request: Request, given: str | None, offered: tuple[str, ...]) -> str:
    """Which of the formats `offered` a caller gets: the `given` one, else the best that it accepts, else the first.

    Raises `Problem` where it accepts none.
    """
    if given:
        return given
    accept = request.headers.get("accept", "")
    if not accept.strip():
        return offered[0]
    ranked = [(_quality(accept, FORMATS[name]), -n, name) for n, name in enumerate(offered)]
    best = max(ranked)
    if best[0] <= 0:
        raise Problem("not-acceptable", "this answer is given as " + ", ".join(FORMATS[name] for name in offered))
    return best[2]


def _quality(accept: str, media: str) -> float:
    """How much a caller likes a media type, 0 to 1; the range that names it most closely counts."""
    best = (-1, 0.0)
    for part in accept.split(","):
        name, *parameters = (p.strip().lower() for p in part.split(";"))
        close = (media, media.partition("/")[0] + "/*", "*/*")
        if name not in close:
            continue
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            liked = min(1.0, max(0.0, float(weight)))
        except ValueError:
            liked = 0.0
        best = max(best, (2 - close.index(name), liked))
    return best[1]


def as_json(request: Request, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as JSON, with a tag; 304 where the caller has it already."""
    body = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    more = {"ETag": tag, "Vary": "Accept, Authorization, Cookie", **(headers or {})}
    if knows(request, tag):
        return Response(status_code=304, headers=more)
    return Response(body, headers=more, media_type=JSON)


def knows(request: Request, tag: str) -> bool:
    """Whether a caller says (If-None-Match) that it has what `tag` names."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or tag in (t.strip().removeprefix("W/") for t in given.split(","))


def as_csv(name: str, columns: Iterable[str], rows: Rows, headers: Mapping[str, str] | None = None) -> Response:
    """Rows as CSV, sent as they are read. Cells are made safe for spreadsheets as ``communique events --format csv`` does."""
    from communique.export.tables import sheet_row

    names = list(columns)

    def parts() -> Iterator[bytes]:
        yield _line([names])
        stream = iter(rows)
        while part := list(islice(stream, LINES)):
            yield _line(sheet_row(map(row.__getitem__, names)) for row in part)

    more = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept", **(headers or {})}
    return StreamingResponse(iterate_in_threadpool(parts()), media_type="text/csv; charset=utf-8", headers=more)


def _line(rows: Iterable[Iterable[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


def as_parquet(name: str, columns: Mapping[str, str], rows: Rows, headers: Mapping[str, str] | None = None) -> Response:
    """Rows as one Parquet file. Raises `MissingExtraError` without pyarrow."""
    from communique.measure.extras import optional

    arrow, parquet = optional("pyarrow", "parquet", "Parquet"), optional("pyarrow.parquet", "parquet", "Parquet")
    kinds: dict[str, Callable[[], Any]] = {"str": arrow.string, "int": arrow.int64, "float": arrow.float64, "bool": arrow.bool_}
    schema = arrow.schema([(n, kinds[k]()) for n, k in columns.items()])
    sink = io.BytesIO()
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        stream = iter(rows)
        while part := list(islice(stream, 20_000)):
            writer.write_table(arrow.Table.from_pylist(part, schema=schema))
    more = {"Content-Disposition": f'attachment; filename="{name}.parquet"', "Vary": "Accept", **(headers or {})}
    return Response(sink.getvalue(), media_type=PARQUET, headers=more)
