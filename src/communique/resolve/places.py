"""Literal places of a report: which words name one, and which of the world's places of that name is meant.

Two decisions, each with its features: *recognition* (is "Jordan" ground here, or a man?), a logistic model over the words
around the name (weights in data/places/weights.tsv, fitted by training/places/fit.py), and *sense* (which Springfield?), a
sum over prominence, the report's countries, named regions, explicit containers ("Paris, Texas") and near places. One name has
one sense in a report, but where its own words say otherwise.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from communique.resolve.gazetteer import Gazetteer, Place, distance_km, fold, rows_of
from communique.resolve.toponyms import Spot, Text, Words, adjectives, capitals, spot_places
from communique.resolve.ways import ways

THRESHOLD = 0.5
"""Below this probability a name is left alone. Tuned on the even half of GeoVirus; rerun training/places/fit.py."""
AREAS = frozenset({"continent", "country", "water", "mountain"})
CONSIDERED = 25
"""Candidates of a name that are weighed: the most populous."""
NEAR_KM = 150.0
SAME_KM = 50.0

# Weights of the sense score: set by hand; on the even half of GeoVirus no single change gains 0.5 points (fit.py --senses).
SENSE: Mapping[str, float] = {
    "people": 1.8, "country": 3.0, "region": -0.5, "district": -0.3, "area": 0.5, "alternate": -1.5, "namesake": -2.5,
    "capital": 2.0, "home": 3.0, "named region": 1.5, "container": 8.0, "contained": 5.0, "inside": 3.0, "near": 2.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """Words that name a place, and the place. `literal`: said as where something is ("in Kyiv"), not as who acts; `way`: how the
    words before it lead there ("at", "to", "from", "past"), "" where they do not.

    `inside` is the offset of the mention that the words give as its container ("Pandi" in "Pandi, Bulacan"), -1 for none.
    `features` are the values times weights that decided, largest first: those of recognition, then "sense: ...".
    """

    start: int
    end: int
    text: str
    place: Place
    probability: float
    literal: bool = False
    inside: int = -1
    features: tuple[tuple[str, float], ...] = ()
    way: str = ""


@lru_cache(maxsize=1)
def recognition_weights() -> Mapping[str, float]:
    """Weights of the recognition model by feature."""
    return {name: float(value) for name, value in rows_of("weights.tsv")}


def find_places(
    text: str, *, countries: Mapping[str, int | float] | None = None, gazetteer: Gazetteer | None = None,
    threshold: float = THRESHOLD,
) -> list[PlaceMention]:  # fmt: skip
    """Places that `text` names, in order. `countries`: how often the report's actors are of each (alpha-3), where known."""
    gazetteer = gazetteer or Gazetteer.load()
    words = Words.load()
    read = Text.of(text)
    spots = spot_places(read, gazetteer, words)
    evidence = evidence_of(read, spots, countries or {})
    weights = recognition_weights()
    kept = []
    for spot in spots:
        features = recognised(spot, evidence)
        p = 1 / (1 + math.exp(-sum(weights.get(name, 0.0) * value for name, value in features.items())))
        if p >= threshold:
            kept.append((spot, features, p))
    senses = choose([spot for spot, _, _ in kept], evidence)
    ways(read, [spot for spot, _, _ in kept])
    out = []
    for (spot, features, p), sense in zip(kept, senses, strict=True):
        shown = [(name, round(weights.get(name, 0.0) * value, 3)) for name, value in features.items()]
        shown = sorted((f for f in shown if abs(f[1]) >= 0.1 and f[0] != "bias"), key=lambda f: -abs(f[1]))
        why = [(f"sense: {name}", round(value, 3)) for name, value in sense.features]
        out.append(
            PlaceMention(
                spot.start, spot.end, text[spot.start : spot.end], sense.place, round(p * sense.probability, 4), spot.literal,
                spot.container.start if spot.container is not None and sense.held else -1, tuple(shown + why), spot.way,
            )
        )  # fmt: skip
    return out


def evidence_of(read: Text, spots: Sequence[Spot], given: Mapping[str, int | float]) -> dict[str, float]:
    """Share of each country in what the report names: its states, its nationalities, and what the caller knows."""
    counts: dict[str, float] = defaultdict(float)
    for country, count in given.items():
        counts[country] += count
    known = adjectives()
    for token in read.tokens:
        if token.capital and token.norm in known:
            counts[known[token.norm]] += 1
    for spot in spots:
        lands = {p.country for p in spot.candidates if p.kind == "country"}
        if len(lands) == 1 and not spot.embedded:
            counts[lands.pop()] += 1
    total = sum(counts.values())
    return {country: count / total for country, count in counts.items()} if total else {}


def recognised(spot: Spot, evidence: Mapping[str, float]) -> dict[str, float]:
    """Features of one name for the recognition model."""
    best = spot.candidates[0]
    kinds = {p.kind for p in spot.candidates}
    top = "country" if "country" in kinds else "region" if "region" in kinds else best.kind
    features = {"bias": 1.0, f"kind {'area' if top not in ('country', 'region', 'city', 'district') else top}": 1.0}
    if top in ("city", "district"):
        people = max(p.population for p in spot.candidates)
        features["people"] = math.log10(people + 10) - 4
        features["alternate only"] = float(all(p.alternate for p in spot.candidates))
    features["home"] = max((evidence.get(p.country, 0.0) for p in spot.candidates if p.country), default=0.0) ** 0.5
    small = top in ("city", "district", "area", "site", "island")
    for name, value in spot.signs.items():
        features[name] = value
        if small and value and name in _SPLIT:
            features[f"{name} (town)"] = value
    return {name: value for name, value in features.items() if value}


_SPLIT = frozenset({"locative", "opens", "person in report", "cap after", "cap before"})


@dataclass(slots=True)
class Sense:
    """What was chosen for a name, and how sure."""

    place: Place
    probability: float = 1.0
    features: tuple[tuple[str, float], ...] = ()
    held: bool = False


@dataclass(slots=True)
class _Scene:
    """What the report tells about all of its names."""

    evidence: Mapping[str, float]
    keys: set[str]
    anchors: dict[str, Place] = field(default_factory=dict)


def choose(spots: Sequence[Spot], evidence: Mapping[str, float], weights: Mapping[str, float] = SENSE) -> list[Sense]:
    """The sense of each spot, one a name but for explicit containers; two rounds, the second knows the first's places."""
    scene = _Scene(dict(evidence), {s.key for s in spots})
    groups: dict[str, list[Spot]] = defaultdict(list)
    for spot in spots:
        groups[spot.key].append(spot)
    chosen: dict[str, Sense] = {}
    for _ in range(2):
        chosen = {key: _best(_scored(group[0], group, scene, weights)) for key, group in groups.items()}
        scene.anchors = {key: sense.place for key, sense in chosen.items()}
    out = []
    for spot in spots:
        if spot.container is not None or spot.contained is not None:
            out.append(_best(_scored(spot, [spot], scene, weights)) if _settles(spot) else chosen[spot.key])
        else:
            out.append(chosen[spot.key])
    return out


def _settles(spot: Spot) -> bool:
    """Whether the words beside this very mention say which place it is."""
    for outer, inner in ((spot.container, spot), (spot, spot.contained)):
        if outer is None or inner is None:
            continue
        if any(o.kind != "city" and _holds(o, i) for o in outer.candidates for i in inner.candidates):
            return True
    return False


def _best(scored: list[tuple[float, Place, dict[str, float]]]) -> Sense:
    top = max(scored, key=lambda s: s[0])
    mass = sum(math.exp(s[0] - top[0]) for s in scored)
    # A city and the strip or district about it are one point on a map: their shares count together.
    here = sum(math.exp(s[0] - top[0]) for s in scored if distance_km(s[1], top[1]) < SAME_KM)
    features = tuple(sorted(((n, v) for n, v in top[2].items() if v), key=lambda f: -abs(f[1])))
    return Sense(top[1], here / mass, features, bool(top[2].get("container") or top[2].get("inside")))


def _scored(
    spot: Spot, group: Sequence[Spot], scene: _Scene, weights: Mapping[str, float]
) -> list[tuple[float, Place, dict[str, float]]]:
    out = []
    for place in _considered(spot, scene):
        features = _sense_features(place, spot, group, scene)
        weighed = {name: weights.get(name, 0.0) * value for name, value in features.items()}
        out.append((sum(weighed.values()), place, weighed))
    return out


def _considered(spot: Spot, scene: _Scene) -> Sequence[Place]:
    found = spot.candidates
    if len(found) <= CONSIDERED:
        return found
    rest = [p for p in found[CONSIDERED:] if p.country in scene.evidence or _fold_region(p) in scene.keys]
    return [*found[:CONSIDERED], *rest]


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    return fold(name)


def _fold_region(place: Place) -> str:
    return _folded(place.region) if place.region else ""


def _holds(outer: Place, inner: Place) -> bool:
    """Whether `inner` lies in `outer`: by its country, its division, or (districts, areas) by distance."""
    if outer is inner or (outer.kind == "city" and inner.kind != "city") or inner.kind in AREAS:
        return False
    if outer.kind == "country":
        return inner.country == outer.country
    if outer.kind == "region":
        return inner.country == outer.country and _fold_region(inner) == _folded(outer.name)
    if outer.kind in ("district", "island", "area"):
        return (not outer.country or inner.country == outer.country) and distance_km(outer, inner) < NEAR_KM
    return outer.kind == "city" and outer.country == inner.country and distance_km(outer, inner) < 60


def _sense_features(place: Place, spot: Spot, group: Sequence[Spot], scene: _Scene) -> dict[str, float]:
    features = {"people": math.log10(place.population + 100) - 2}
    kind = place.kind if place.kind in ("country", "region", "district", "city") else "area"
    features[kind] = 1.0
    features["alternate"] = float(place.alternate)
    # New York, Mecca: a bare name that a division has from its seat means the seat.
    features["namesake"] = float(kind == "region" and _named_as_its_seat(place, spot))
    features["capital"] = float(kind == "city" and (spot.key, place.country) in capitals())
    if place.kind not in ("country", "continent"):
        features["home"] = scene.evidence.get(place.country, 0.0) ** 0.5 if place.country else 0.0
        # A division that the report names holds its towns; its own name says nothing of itself.
        region = _fold_region(place)
        features["named region"] = float(bool(region) and region in scene.keys and region != spot.key)
        features["near"] = _nearness(place, spot.key, scene)
    for one in group:
        holders = [c for c in one.container.candidates if _holds(c, place)] if one.container is not None else []
        if holders:
            # "Washington, London and Paris" is a list, though Ohio has a London beside a Washington.
            strong = one.comma and any(c.kind != "city" for c in holders)
            features["container" if strong else "inside"] = 0.5 if place.alternate else 1.0
        if one.contained is not None and place.kind != "city" and any(_holds(place, c) for c in one.contained.candidates):
            features["contained"] = 1.0
    return features


def _named_as_its_seat(region: Place, spot: Spot) -> bool:
    """Whether a town of a division's own name has a tenth of its people (New York, but not Quebec)."""
    return any(
        p.kind == "city" and p.country == region.country and 10 * p.population >= region.population for p in spot.candidates
    )


def _nearness(place: Place, key: str, scene: _Scene) -> float:
    """1 beside another place of the report, falling with the distance to the nearest."""
    nearest = math.inf
    for other_key, other in scene.anchors.items():
        if other_key == key or other.kind in ("continent", "country") or abs(other.lat - place.lat) > 5:
            continue
        nearest = min(nearest, distance_km(place, other))
    return math.exp(-nearest / NEAR_KM)
