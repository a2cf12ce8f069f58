"""The sides of a claim: who asserts it, who denies it, since when and in which words; and who changed their mind.

The sources of a claimed (or actual) telling assert it, a denied one's deny it. Where a denied telling names nobody, the REJECT
beside it is the denial (CODEBOOK.md, Rulings), and denies nothing else. What a side asserts is denied by who is accused where the
report says so: by a REJECT that answers the side that claims, or in a statement that denies or rejects and speaks of the claim's
recipient. Of several assertions that a REJECT could answer it answers the nearest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from communique.compare.finding import ADDRESSING, REFUSING
from communique.compare.merging import most
from communique.compare.parties import Profile, families, kinds, who
from communique.records import Entity, Side, Statement, Telling

NEXT = 1
"""Sentences between a denied event and the REJECT that is its denial."""

DENYING = frozenset({"deny", "reject"})
"""Acts of statements that can be a denial."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One statement as a report tells it. `words` is its content verbatim (spans joined by " … ")."""

    statement: Statement
    report: str
    words: str = ""


Spoken = tuple[Saying, str, tuple[tuple[int, int], ...]]
"""A saying that has words, the key of the party that speaks, and where its words stand."""


@dataclass(frozen=True, slots=True)
class Stance:
    """A side, with its party's key and the stance's publication dates."""

    key: str
    side: Side
    dates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """That a party, `entity` in the words of the report `ref[0]`, takes a stance in one telling, and what it says there."""

    key: str
    stance: str
    entity: Entity
    witness: str
    ref: tuple[str, str]
    published: str
    words: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Draft:
    entities: dict[tuple[int, str], Entity] = field(default_factory=dict)
    tellings: dict[tuple[str, str], str] = field(default_factory=dict)
    words: dict[tuple[str, str], None] = field(default_factory=dict)

    def add(self, word: Word) -> None:
        # By what it is: copies have the same object, and to look it up by what it says takes as long as all else.
        self.entities[id(word.entity), word.witness] = word.entity
        self.tellings[word.ref] = word.published
        if word.words:
            self.words |= dict.fromkeys(word.words)


@dataclass(frozen=True, slots=True)
class Around:
    """A report's tellings, where it refuses or denies anything, and of its sayings, each in a fixed order, those that have words
    and those that can be denials. `taken` has the words of sides that were found here, by what was asked."""

    told: tuple[Telling, ...]
    said: tuple[Spoken, ...]
    refusals: tuple[Telling, ...]
    denials: tuple[Saying, ...]
    taken: dict[tuple[str, frozenset[str], frozenset[str]], tuple[Word, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, told: Iterable[Telling], said: Iterable[Saying]) -> Around:
        told, said = tuple(told), tuple(said)
        spoken = tuple(
            (s, party_key(s.statement.speaker), tuple((c.start, c.end) for c in s.statement.content)) for s in said if s.words
        )
        refusals = tuple(t for t in told if t.event.type == REFUSING and t.event.status == "actual")
        denials = tuple(s for s in said if s.statement.act in DENYING)
        return cls(told if refusals or denials else (), spoken, refusals, denials)

    def words(self, member: Profile, accused: frozenset[str], parties: frozenset[str]) -> tuple[Word, ...]:
        """The stances in one of the report's tellings, of a claim on the deed of the `accused`, with these `parties` to it."""
        asked = (member.event.id, accused, parties)
        found = self.taken.get(asked)
        if found is None:
            found = self.taken[asked] = tuple(_words(member, accused, parties, self))
        return found


def party_key(entity: Entity) -> str:
    """Whose word it is: a state speaks with one voice, its opposition with another; "?" and the sector where unknown."""
    known = who(entity)
    if not known:
        return f"?{entity.sector}"
    family = families().get(entity.sector, "state")
    return known if family == "state" or known.startswith("~") else f"{known}.{family}"


def sides_of(members: Sequence[Profile], accused: frozenset[str], around: Callable[[str], Around]) -> list[Stance]:
    """All sides of a claim, by party and stance. `members` are its tellings, `accused` the keys of its actors; `around` gives
    what stands in a report."""
    drafts: dict[tuple[str, str], _Draft] = {}
    parties = frozenset(party for left, right in {(m.left, m.right) for m in members} for party in (*left, *right))
    for member in members:
        for word in around(member.telling.report).words(member, accused, parties):
            draft = drafts.get((word.key, word.stance))
            if draft is None:
                draft = drafts[word.key, word.stance] = _Draft()
            draft.add(word)
    return [_stance(key, stance, drafts[key, stance]) for key, stance in sorted(drafts)]


def _words(member: Profile, accused: frozenset[str], parties: frozenset[str], there: Around) -> Iterator[Word]:
    stance = "denies" if member.event.status == "denied" else "asserts"
    voices = voices_of(member.telling)
    if stance == "denies" and not voices:
        for reject in _rejects(there.refusals, member, parties):
            for actor in reject.event.actors:
                yield _word(actor, stance, member.telling, _said(actor, there.said, member.telling, reject))
    for voice in voices:
        yield _word(voice, stance, member.telling, _said(voice, there.said, member.telling))
    if stance == "asserts" and voices and (there.refusals or there.denials):
        yield from _denials(member, {party_key(e) for e in voices}, accused, there)


def self_told(telling: Telling) -> bool:
    """Whether an act of words is told on nobody's word but the actor's: who says that it promises, promises."""
    event = telling.event
    if event.status not in ("actual", "claimed") or not kinds()[event.type].spoken or not event.sources:
        return False
    own = {who(e) for e in event.actors} - {""}
    return all(who(e) in own for e in event.sources)


def voices_of(telling: Telling) -> list[Entity]:
    """Those on whose word a telling stands; nobody where it is the actor's own act of words."""
    return [] if self_told(telling) else [e for e in telling.event.sources if e.text or who(e)]


def _rejects(refusals: Iterable[Telling], member: Profile, parties: Set[str]) -> list[Telling]:
    """REJECTs of a party to the event, in its sentence or the next."""
    return [
        t for t in refusals
        if abs(t.event.sentence - member.event.sentence) <= NEXT
        and any(who(e) in parties for e in t.event.actors)
    ]  # fmt: skip


def _denials(member: Profile, asserting: set[str], accused: Set[str], there: Around) -> Iterator[Word]:
    """Denials by the accused, elsewhere in its report, of a claim that the parties `asserting` make."""
    if asserting & accused:
        return
    for t in there.refusals:
        for actor in t.event.actors:
            if who(actor) in accused and member.telling.event.id in _answered(t, who(actor), there.told):
                yield _word(actor, "denies", t, _said(actor, there.said, t))
    spoken = {who(e) for e in member.event.recipients} - {""}
    for s in there.denials:
        if who(s.statement.speaker) in accused and spoken & set(s.statement.about):
            if any(_inside(t, s) for t in there.told if t.event.status == "denied"):
                continue  # It says what it denies, and that telling stands in a claim of its own.
            yield _word(s.statement.speaker, "denies", member.telling, ((s.words, s.report),))


def _inside(telling: Telling, saying: Saying) -> bool:
    return any(c.start <= telling.event.start and telling.event.end <= c.end for c in saying.statement.content)


def _answered(reject: Telling, refuser: str, told: Sequence[Telling]) -> set[str]:
    """Ids of the events in a report that a REJECT denies: what it stands beside as denied, else the nearest that is asserted of
    the refuser by whom it answers."""
    def apart(t: Telling) -> int:
        return abs(t.event.sentence - reject.event.sentence)

    beside = [t for t in told if t.event.status == "denied" and apart(t) <= NEXT]
    if any(not t.event.sources or refuser in {who(e) for e in t.event.sources} for t in beside):
        return set()
    against = {party_key(e) for e in reject.event.recipients if who(e)} or _addressing(refuser, told)
    asserted = [
        t for t in told
        if t.event.status in ("actual", "claimed") and refuser in {who(e) for e in t.event.actors}
        and against & {party_key(e) for e in voices_of(t)}
    ]  # fmt: skip
    nearest = min(map(apart, asserted), default=0)
    return {t.event.id for t in asserted if apart(t) == nearest}


def _addressing(refuser: str, told: Iterable[Telling]) -> set[str]:
    """The one party that accuses, threatens, sanctions or asks the refuser in a report; nobody where there are several."""
    found = {
        party_key(a) for t in told
        if t.event.type in ADDRESSING and t.event.status in ("actual", "claimed")
        and refuser in {who(e) for e in t.event.recipients} for a in t.event.actors if who(a) not in ("", refuser)
    }  # fmt: skip
    return found if len(found) == 1 else set()


@lru_cache(maxsize=16_384)
def _unplaced(entity: Entity) -> Entity:
    """An entity without where it stands in one report."""
    return replace(entity, start=None, end=None, inherited=False)


def _word(entity: Entity, stance: str, telling: Telling, words: tuple[tuple[str, str], ...]) -> Word:
    ref = (telling.report, telling.event.id)
    return Word(party_key(entity), stance, _unplaced(entity), telling.witness, ref, telling.published, words)


def _said(entity: Entity, said: Iterable[Spoken], *tellings: Telling) -> tuple[tuple[str, str], ...]:
    """The words of a party around events (or around the denial of one), each with its report."""
    key = party_key(entity)
    spans = [(t.event.start, t.event.end) for t in tellings]
    return tuple(
        (s.words, s.report) for s, speaker, content in said
        if speaker == key and any(start <= a and b <= end for start, end in content for a, b in spans)
    )  # fmt: skip


def _stance(key: str, stance: str, draft: _Draft) -> Stance:
    order = sorted(draft.tellings, key=lambda ref: (draft.tellings[ref] or "9999", ref))
    dates = tuple(sorted({published for published in draft.tellings.values() if published}))
    when = {report: draft.tellings[report, event] or "9999" for report, event in order}
    words = sorted((w for w in draft.words if w[0]), key=lambda w: (when.get(w[1], "9999"), w[1], w[0]))
    side = Side(
        _party([(entity, witness) for (_, witness), entity in draft.entities.items()]), stance, dates[0] if dates else "",
        dates[-1] if dates else "", tuple(order), tuple(words),
    )  # fmt: skip
    return Stance(key, side, dates)


def _party(spoken: Sequence[tuple[Entity, str]]) -> Entity:
    """Who a side is: with a name where only one person speaks for it, in the words that most witnesses use."""
    names = {e.name for e, _ in spoken if e.name}
    votes: dict[Entity, set[str]] = {}
    for entity, witness in spoken:
        if len(names) != 1 or entity.name:
            kept = entity if len(names) == 1 else replace(entity, name="", office="", id="")
            votes.setdefault(kept, set()).add(witness)
    return most(votes, Entity(""))


def turns_of(stances: Sequence[Stance]) -> tuple[tuple[str, str, str, str], ...]:
    """Changes of mind: (party's code, date of the new stance, old stance, new one). A day with both stances decides nothing."""
    by_party: dict[str, list[Stance]] = {}
    for s in stances:
        by_party.setdefault(s.key, []).append(s)
    out = []
    for own in by_party.values():
        said: dict[str, set[str]] = {}
        for s in own:
            for date in s.dates:
                said.setdefault(date, set()).add(s.side.stance)
        clear = [(date, next(iter(found))) for date, found in sorted(said.items()) if len(found) == 1]
        for (_, old), (date, new) in pairwise(clear):
            if old != new:
                code = next(s.side.party.code for s in own if s.side.stance == new)
                out.append((code, date, old, new))
    return tuple(sorted(out, key=lambda turn: (turn[1], turn)))
