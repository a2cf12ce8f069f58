"""Who takes part in an event, of those whom the words around it name: one choice for both of its sides.

The model says of every word how probable it is as an actor and as a recipient of the event. Whoever stands beside the trigger
looks like a party, and often like both; whether Israel warns or is warned is seen only when the two sides are looked at
together. So all choices (nobody, one, two or three on either side) are weighed at once, by a sum of weights of what speaks for
each member, each side and the pair (`data/model/parties.tsv`: a conditional logit, fitted by training/fit_parties.py on the
reports kept from training), and the best is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt

from communique.read import labels
from communique.read.calibration import logit
from communique.read.decode import RoleSpan
from communique.settings import read_table

Floats = npt.NDArray[np.float64]

MEMBER = (
    "one", "chance", "rival", "behind", "several", "own sentence", "distance", "before", "placed", "unknown", "speaker",
    "did", "suffered", "frequent", "inherited", "same word",
)  # fmt: skip
"""What is known of a candidate: the chances of its words, that of the other side, how far its surest word is behind that of the
side, how many words stand for it; `Facts` says what the others are. The last two are of a party that no words near the event
name, but its last telling."""

SIDE = ("given", "named", "two", "three", "listed", "parted")
"""What is known of a side: that it has anybody, the chance that it is named at all, that it has two and three, that two of its
parties stand in one list ("Russia and China"), and that one is of a list of which another is left out."""

PAIR = ("shared", "neither", "mutual actors", "mutual recipients")
"""What is known of two sides: that a party is on both, that both are empty, and of what equals do together (`MUTUAL`) that two
do it, and that it is done to somebody."""

MUTUAL = frozenset({"CONSULT", "COOPERATE"})
"""Types whose parties are all actors (codebook: in a meeting of equals)."""

ABSENT = -4.0
"""Log-odds, and logarithms of shares, of a party that no words near the event name."""

MOST, JOINED = 6, 4
"""Candidates of a side that are looked at, and of those that can be parties together, the surest first."""

_BETWEEN = re.compile(r"(?:['’]s?)?\s*(?:,|;|/|–|-|&|and\b|or\b|as well as\b|,\s*and\b)\s*(?:(?:the|an?|its)\s+)?")
_WIDEST = 14
"""Characters that the words between two parties of a list have at most."""

SAME = 0.9
"""Share of the probability of a party's surest words that other words need to stand for a party of the same country."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of words that may be a party, beside their own scores."""

    key: str
    """The country, or the name where there is none: by it one party is told from another."""
    known: bool
    """Whether it has a country or is a body without one."""
    distance: int
    """Characters to the trigger; below 0 where they stand before it."""
    own: bool
    """Whether they stand in the event's own sentence."""
    placed: bool
    """Whether they only say where: "in Iraq"."""
    speaker: bool
    """Whether it is who says this."""
    did: bool
    """Whether it was an actor the last time that the report told of an event of the type; `suffered`: a recipient."""
    suffered: bool
    frequent: float
    """How often the report names its country, as a share of that which it names most."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A party that may be on a side: all words that stand for it, the surest first."""

    key: str
    known: bool
    spans: tuple[RoleSpan, ...]
    values: tuple[float, ...]
    """In the order of `MEMBER`."""

    @property
    def words(self) -> tuple[RoleSpan, ...]:
        """Those that are as sure as the surest; none of an inherited party."""
        return tuple(s for s in self.spans if s.probability >= SAME * self.spans[0].probability)


Side = Sequence[Candidate]


def inherited(keys: Sequence[str], *, same_word: bool) -> list[Candidate]:
    """The parties of an event told before, for a side that no words near the event name; `same_word`: the trigger is the same."""
    values = (1.0, ABSENT, ABSENT, ABSENT, *(0.0 for _ in MEMBER[4:-2]), 1.0, float(same_word))
    return [Candidate(key, True, (), values) for key in dict.fromkeys(keys)][:MOST]


def candidates(spans: Sequence[RoleSpan], facts: Callable[[RoleSpan], Sequence[Facts]]) -> list[Candidate]:
    """The parties that `spans` may stand for, the surest first; `facts` says whom each may mean."""
    met: dict[str, list[tuple[RoleSpan, Facts]]] = {}
    for span in spans:
        for fact in facts(span):
            met.setdefault(fact.key, []).append((span, fact))
    best = max((span.probability for span in spans), default=1.0)
    found = [_candidate(key, told, best) for key, told in met.items()]
    return sorted(found, key=lambda c: -c.spans[0].probability)[:MOST]


def _candidate(key: str, told: Sequence[tuple[RoleSpan, Facts]], best: float) -> Candidate:
    told = sorted(told, key=lambda pair: -pair[0].probability)
    (span, fact), spans = told[0], tuple(s for s, _ in told)
    values = (
        1.0, logit(span.probability), logit(max(s.rival for s in spans)), math.log(span.probability / best),
        math.log(sum(s.probability for s in spans) / span.probability), float(any(f.own for _, f in told)),
        math.log1p(min(abs(f.distance) for _, f in told) / 50), float(fact.distance < 0), float(all(f.placed for _, f in told)),
        float(not fact.known), float(fact.speaker), float(fact.did), float(fact.suffered), fact.frequent, 0.0, 0.0,
    )  # fmt: skip
    return Candidate(key, fact.known, spans, values)


@dataclass(frozen=True, slots=True)
class Choices:
    """All that an event's sides can be: row i of `actor` goes with every row j of `recipient`, and with `pair[i, j]`."""

    actors: tuple[tuple[int, ...], ...]
    recipients: tuple[tuple[int, ...], ...]
    actor: Floats
    recipient: Floats
    pair: Floats


@dataclass(frozen=True, slots=True)
class _Drawn:
    """All choices among some number of candidates."""

    members: tuple[tuple[int, ...], ...]
    rows: Floats
    """The same as rows of ones."""
    size: Floats
    sides: Floats
    """The columns of `SIDE`, those of "named", "listed" and "parted" still empty."""


@lru_cache(maxsize=MOST + 1)
def _drawn(count: int) -> _Drawn:
    joined = range(min(count, JOINED))
    members = ((), *((n,) for n in range(count)), *combinations(joined, 2), *combinations(joined, 3))
    rows = np.zeros((len(members), count))
    for row, chosen in zip(rows, members, strict=True):
        row[list(chosen)] = 1.0
    size, none = rows.sum(1), np.zeros(len(rows))
    return _Drawn(members, rows, size, np.stack([size > 0, none, size > 1, size > 2, none, none], 1).astype(float))


def _linked(text: str, side: Side) -> Floats:
    """Which of the candidates stand beside each other in a list, or are meant by the same words ("both countries")."""
    out = np.zeros((len(side), len(side)))
    for (i, a), (j, b) in permutations(enumerate(side), 2):
        gaps = [(one.end, other.start) for one in a.spans for other in b.spans if 0 <= other.start - one.end <= _WIDEST]
        if (a.spans and a.words[0] in b.spans) or any(_BETWEEN.fullmatch(text, start, end) for start, end in gaps):
            out[i, j] = out[j, i] = 1.0
    return out


def _side(drawn: _Drawn, text: str, side: Side, named: float, at: int | None) -> Floats:
    """What is known of each choice for a side, in the order of `features`; `at` is the number of the event's type."""
    first, last = len(MEMBER), len(MEMBER) + len(SIDE)
    out = np.zeros((len(drawn.rows), last + len(labels.TYPES)))
    out[:, first:last] = drawn.sides
    given = drawn.sides[:, 0]
    out[:, first + 1] = given * logit(named)
    if at is not None:
        out[:, last + at] = given
    if side:
        out[:, :first] = drawn.rows @ np.array([c.values for c in side])
    if len(side) > 1 and (linked := _linked(text, side)).any():
        beside = drawn.rows @ linked
        out[:, last - 2] = (beside * drawn.rows).sum(1) > 0
        out[:, last - 1] = (beside * (1.0 - drawn.rows)).sum(1) > 0
    return out


def choices(kind: str, text: str, acting: Side, done: Side, named: tuple[float, float]) -> Choices:
    """All choices among the candidates for the two sides of an event of type `kind` in a report's `text`."""
    left, right = _drawn(len(acting)), _drawn(len(done))
    at = labels.TYPES.index(kind) if kind in labels.TYPES else None
    pair = np.zeros((len(left.rows), len(right.rows), len(PAIR) + len(labels.TYPES)))
    same = [[float(a.known and a.key == r.key) for r in done] for a in acting]
    if any(map(any, same)):
        shared = left.rows @ np.array(same) @ right.rows.T > 0
        pair[..., 0] = shared
        if at is not None:
            pair[..., len(PAIR) + at] = shared
    pair[0, 0, 1] = 1.0
    if kind in MUTUAL:
        pair[..., 2] = (left.size > 1)[:, None]
        pair[..., 3] = right.size > 0
    sides = _side(left, text, acting, named[0], at), _side(right, text, done, named[1], at)
    return Choices(left.members, right.members, *sides, pair)


def features() -> tuple[str, ...]:
    """The names of the weights, in the order of `Choices`: those of an actor's side, of a recipient's, of both together."""
    sides = [f"{role} {name}" for role in ("actor", "recipient") for name in (*MEMBER, *SIDE, *labels.TYPES)]
    return (*sides, *PAIR, *(f"shared {kind}" for kind in labels.TYPES))


def worth(weights: Floats, told: Choices) -> Floats:
    """The sum of `weights`, in the order of `features`, of every choice for the two sides."""
    a, b = told.actor.shape[1], told.recipient.shape[1]
    actor, recipient, pair = weights[:a], weights[a : a + b], weights[a + b :]
    return np.asarray((told.actor @ actor)[:, None] + (told.recipient @ recipient)[None, :] + told.pair @ pair)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One of all choices: the keys of those on its two sides, its `chance` beside the others (they add up to 1), and name, value
    and weight of each of the `features`."""

    actors: tuple[str, ...]
    recipients: tuple[str, ...]
    chance: float
    signs: tuple[tuple[str, float, float], ...]


class Chooser:
    """Chooses the parties of events by weights."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = np.array([weights.get(name, 0.0) for name in features()])

    @classmethod
    def load(cls) -> Chooser:
        """By the weights that ship."""
        return cls({row["name"]: float(row["weight"]) for row in read_table("model/parties.tsv")})

    def choose(
        self, kind: str, text: str, acting: Side, done: Side, named: tuple[float, float],
        note: Callable[[tuple[Weighed, ...]], None] | None = None,
    ) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:  # fmt: skip
        """The actors and recipients of an event of type `kind`, of the candidates for its sides. `note` is told of the best
        choices, where somebody asks why."""
        told = choices(kind, text, acting, done, named)
        if note is not None:
            note(self.weighed(told, acting, done))
        return self.taken(told, acting, done)

    def weighed(self, told: Choices, acting: Side, done: Side, most: int = MOST) -> tuple[Weighed, ...]:
        """The best of the `choices` among these candidates, the best first, at most so many."""
        values = worth(self._weights, told)
        chances = np.exp(values - values.max())
        chances /= chances.sum()
        # The first of equals, as `taken` has it.
        best = np.argsort(-values, axis=None, kind="stable")[:most]
        names, weights = features(), self._weights.tolist()
        out = []
        for i, j in (np.unravel_index(int(at), values.shape) for at in best):
            have = np.concatenate([told.actor[i], told.recipient[j], told.pair[i, j]]).tolist()
            actors, recipients = tuple(acting[n].key for n in told.actors[i]), tuple(done[n].key for n in told.recipients[j])
            out.append(Weighed(actors, recipients, float(chances[i, j]), tuple(zip(names, have, weights, strict=True))))
        return tuple(out)

    def taken(self, told: Choices, acting: Side, done: Side) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
        """The best of the `choices` among these candidates."""
        values = worth(self._weights, told)
        i, j = np.unravel_index(int(values.argmax()), values.shape)
        return tuple(acting[n] for n in told.actors[i]), tuple(done[n] for n in told.recipients[j])
