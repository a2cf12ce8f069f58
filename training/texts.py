"""Texts that stay outside the repository, of which training/articles holds offsets alone: articles, documents, stories.

A record has id, title, published, source and text. Ids: the pool's own; ``re3d/ID``; ``ngec/ROW``, counted from 0.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
FIRST_DAY, DAYS = dt.date(2001, 1, 1), 8400
"""Stories have no date, and weekdays without one date nothing: each gets one by its number. The annotation goes by it."""


def pool(path: Path) -> Iterator[Record]:
    """Dated articles (articles/pool.jsonl.gz)."""
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        yield from map(json.loads, handle)


def re3d(folder: Path) -> Iterator[Record]:
    """Press releases and encyclopedic documents on Syria and Iraq, without dates."""
    for path in sorted(folder.glob("*/documents.json")):
        for document in map(json.loads, path.read_text("utf-8").splitlines()):
            yield {
                "id": f"re3d/{document['_id']}", "title": document["title"], "published": "",
                "source": document["sourceName"], "text": document["text"],
            }  # fmt: skip


def ngec(path: Path) -> Iterator[Record]:
    """Stories written by a language model, with the headline that they were written for."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle)):
            day = FIRST_DAY + dt.timedelta(int(hashlib.sha256(f"ngec/{number}".encode()).hexdigest(), 16) % DAYS)
            title = row["prompt"].split("\n")[0].strip()
            yield {
                "id": f"ngec/{number}", "title": title, "published": day.isoformat(), "source": row["source"],
                "text": row["text"], "label": row["label"],
            }  # fmt: skip


def by_id(articles: Path, ids: Iterable[str]) -> dict[str, Record]:
    """The texts of `ids`. `articles` is the pool; what else is asked for lies beside its folder, as in ../shared/data."""
    wanted, data = set(ids), articles.parents[1]
    parts = [pool(articles)]
    if any(one.startswith("re3d/") for one in wanted):
        parts.append(re3d(data / "re3d"))
    if any(one.startswith("ngec/") for one in wanted):
        parts.append(ngec(data / "ngec/synthetic_stories.csv.gz"))
    return {record["id"]: record for part in parts for record in part if record["id"] in wanted}
