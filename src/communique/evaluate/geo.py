"""Places named in news, on the layout of GeoVirus: ``article`` with ``source``, ``text`` and ``location``s.

A location has ``name``, ``start``, ``end`` (counted from 1), ``lat``, ``lon``. Recognition counts exact spans. A toponym is
*linked* where its span is found; accuracy within 161 km (100 miles) is the share of linked toponyms whose point lies that near
to the gold point, as the field reports it; "of all" divides by every gold toponym instead. An area has no one point: where the
gold's and ours differ by more, a right country counts as wrong, and figures for towns stand apart for that reason.

Weights were developed on articles with an even SHA-256 of their source; the odd ones are untouched and reported apart.
"""

from __future__ import annotations

import hashlib
import statistics
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from communique.errors import InputError
from communique.evaluate.matching import Figures, f1
from communique.records import Report
from communique.resolve.gazetteer import Gazetteer, distance_km
from communique.resolve.places import PlaceMention, find_places

if TYPE_CHECKING:
    from communique.read.reader import Reader

WITHIN_KM = 161.0
_AREAS = frozenset({"continent", "country", "region", "area", "water", "mountain"})


@dataclass(frozen=True, slots=True)
class GoldPlace:
    """One toponym of the gold, with offsets that count from 0."""

    start: int
    end: int
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the gold."""

    source: str
    text: str
    places: tuple[GoldPlace, ...]


def even(source: str) -> bool:
    """Whether an article is in the half that weights are developed on."""
    return int(hashlib.sha256(source.encode("utf-8")).hexdigest(), 16) % 2 == 0


def read_geo(path: Path) -> list[Article]:
    """Articles of a file; InputError names the first thing in it that is not as the layout says."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise InputError(str(path), f"is not readable XML: {error}", "GeoVirus.xml has <articles><article>...") from error
    articles = [_article(path, number, node) for number, node in enumerate(root.iter("article"), 1)]
    if not articles:
        raise InputError(str(path), "holds no <article>", "GeoVirus.xml has <articles><article>...")
    return articles


def _article(path: Path, number: int, node: ElementTree.Element) -> Article:
    text = node.findtext("text")
    if text is None:
        raise InputError(f"{path}, article {number}", "has no <text>")
    places = []
    for location in node.iter("location"):
        try:
            start, end = (int(location.findtext(tag) or "") - 1 for tag in ("start", "end"))
            lat, lon = (float(location.findtext(tag) or "") for tag in ("lat", "lon"))
        except ValueError:
            raise InputError(f"{path}, article {number}", "a <location> lacks start, end, lat or lon as numbers") from None
        places.append(GoldPlace(start, end, location.findtext("name") or text[start:end], lat, lon))
    return Article(node.findtext("source") or str(number), text, tuple(places))


def _countries(reader: Reader | None, articles: Sequence[Article]) -> list[Counter[str]]:
    """Countries of each article's actors, as the reader finds them; empty without a reader."""
    if reader is None:
        return [Counter() for _ in articles]
    out = []
    for coded in reader.pipe([Report(a.text, id=str(n)) for n, a in enumerate(articles)]):
        out.append(Counter(e.country for event in coded.events for e in (*event.actors, *event.recipients) if e.country))
    return out


@dataclass(slots=True)
class _Tally:
    gold: int = 0
    found: int = 0
    articles: int = 0
    distances: list[float] = field(default_factory=list)
    towns: list[float] = field(default_factory=list)

    def add(self, article: Article, mentions: Sequence[PlaceMention]) -> None:
        wanted = {(g.start, g.end): g for g in article.places}
        self.articles += 1
        self.gold += len(article.places)
        self.found += len(mentions)
        for mention in mentions:
            gold = wanted.pop((mention.start, mention.end), None)
            if gold is not None:
                far = distance_km(mention.place, (gold.lat, gold.lon))
                self.distances.append(far)
                if mention.place.kind not in _AREAS:
                    self.towns.append(far)

    def figures(self) -> Figures:
        distances, towns = self.distances, self.towns
        near = sum(d <= WITHIN_KM for d in distances)
        return {
            "articles": self.articles, "toponyms": self.gold, "recognition": f1(len(distances), self.gold, self.found),
            "linked": len(distances),
            "within_161km": _share(near, len(distances)), "within_161km_of_all": _share(near, self.gold),
            "median_km": round(statistics.median(distances), 1) if distances else None,
            "towns_linked": len(towns), "towns_within_161km": _share(sum(d <= WITHIN_KM for d in towns), len(towns)),
        }  # fmt: skip


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def evaluate(path: Path, reader: Reader | None = None) -> Figures:
    """Figures for all articles, and for the developed (even) and untouched (odd) half.

    `reader`, where given, tells the countries of each article's actors, as it does when it codes a report.
    """
    articles = read_geo(path)
    gazetteer = Gazetteer.load()
    tallies = {"all": _Tally(), "even": _Tally(), "odd": _Tally()}
    for article, countries in zip(articles, _countries(reader, articles), strict=True):
        mentions = find_places(article.text, countries=countries, gazetteer=gazetteer)
        tallies["all"].add(article, mentions)
        tallies["even" if even(article.source) else "odd"].add(article, mentions)
    return {name: tally.figures() for name, tally in tallies.items()}


def render(result: Figures) -> str:
    """The figures as text."""
    labels = {"all": "all", "even": "developed half (even)", "odd": "untouched half (odd)"}
    lines = []
    for name, label in labels.items():
        part = result[name]
        seen = part["recognition"]
        lines += [
            f"{label}: {part['articles']} articles, {part['toponyms']} toponyms",
            f"  recognition        F1 {seen['f1']:.3f}  P {seen['p']:.3f}  R {seen['r']:.3f}  (exact spans)",
            f"  within 161 km      {part['within_161km']:.3f} of {part['linked']} linked, "
            f"{part['within_161km_of_all']:.3f} of all {part['toponyms']}",
            f"  towns and sites    {part['towns_within_161km']:.3f} of {part['towns_linked']} linked",
            f"  median error       {part['median_km'] if part['median_km'] is not None else '-'} km",
        ]
    return "\n".join(lines)
