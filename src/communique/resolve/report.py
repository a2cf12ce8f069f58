"""What the words of one report stand for: names, offices, governments, groups, short forms and pronouns.

`ReportResolver` reads the report once (names, titles, countries) and then answers for any span. Each answer takes
the first of these that applies: a pronoun's antecedent, a pair or list, a person, an office with its country, a noun
that stands for a body named before, bodies and states, a bare name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace

from communique.records import Entity, content_id
from communique.resolve.actors import ActorIndex
from communique.resolve.groups import Groups
from communique.resolve.heads import LENT, OFFICE, among, without_owners
from communique.resolve.kin import PUBLIC, Kin
from communique.resolve.lexicon import Atom, Token, key_of, tokens_of
from communique.resolve.offices import FOREIGN, Offices
from communique.resolve.opposed import Against, armed
from communique.resolve.organisations import FOUND, Organisations
from communique.resolve.people import People, Person
from communique.resolve.peoples import is_faith, of_day
from communique.resolve.pronouns import Pronouns, is_pronoun, kind_of
from communique.resolve.salience import Mention, Salience, Special
from communique.resolve.standing import settled
from communique.resolve.states import States
from communique.resolve.titles import STATE_KINDS
from communique.resolve.trace import active, rows_considered

WORLD = frozenset({"UNO", "EUR", "IGO", "NGO", "IMG", "MNC", "ISM"})
"""Codes that are no state's (CODEBOOK.md, Actors and recipients)."""

_BESIDE_BEFORE = re.compile(r"(?:pro|anti)[-‑ ]$")
_BESIDE_AFTER = re.compile(
    r"[-‑ ](?:backed|supported|sponsored|aligned|allied|funded|linked|affiliated|inspired|leaning|armed|trained|installed|"
    r"made|built|brokered|held|controlled)\b"
)
_PART = r"\s+(?:(?:the|central|(?:north|south)?(?:east|west)(?:ern)?|north(?:ern)?|south(?:ern)?)\s+)*$"
_INSIDE = "in|outside|across|throughout|inside|around|within"
_PLACED = re.compile(rf"\b(?:{_INSIDE}){_PART}")
# What is gone "into", flown "over", fired "at" or sailed "near" can be the target too.
_WHERE = re.compile(rf"\b(?:{_INSIDE}|at|near|into|over){_PART}")
_PLACES = frozenset({"country", "capital", "place"})
_AND = re.compile(r",?\s(?:and|or)\s(?:the\s)?|,\s")
_OWNED = re.compile(
    r"^['’]s?\s|^\s(?=(?:administration|government|campaign|regime|team|presidency|aides?|allies|ally|cabinet|supporters?|"
    r"loyalists?|family|organization)\b)"
)
_NAMED_BY = {
    "body": "body by name", "country": "state by its name", "adjective": "state by its adjective",
    "people": "state by its people", "capital": "state by its capital", "seat": "state by its seat of government",
    "place": "state by a place in it", "ethnic": "people by name",
}  # fmt: skip
"""The rule (data/actors/reliability.tsv) by which each kind of name is resolved."""

_SPEAKS_FOR = re.compile(r"^\s(?:for|to)\s[^,;.]*$")
_LED_BY = re.compile(r"\b(?:loyal|led|headed|backed|close|of|from|to|by|under|backing|supporting|allied)\b")


WITHOUT_SECTOR = frozenset({"UNO", "EUR", "IGO"})
"""Bodies of states, which the codebook gives no sector."""


class ReportResolver:
    """Resolves spans of one report.

    `spans` are its sentences, `published` its ISO date ("" if unknown), on which offices are looked up, and
    `quotations` the stretches between quotation marks, in which nobody outside them is named. `home` is the country whose
    authorities put the report out, where that is known (`hosts`); else it is guessed.
    """

    def __init__(
        self, text: str, spans: Sequence[tuple[int, int]], published: str, index: ActorIndex,
        quotations: Sequence[tuple[int, int]] = (), home: str = "",
    ) -> None:  # fmt: skip
        self.text, self.spans, self.day, self.index = text, list(spans), published[:10], index
        self.quotations = list(quotations)
        self.trace = active()
        self.tokens: list[Token] = tokens_of(text)
        self.starts = [t.start for t in self.tokens]
        self.atoms: list[Atom] = self._settled(self._atoms())
        self.by_first = {a.first: a for a in self.atoms}
        self.by_last = {a.last: a for a in self.atoms}
        self.around = {i: a for a in self.atoms if a.kind == "person" for i in range(a.first + 1, a.last)}
        self.people = People(text, self.tokens, self.atoms, index, self.day)
        states = [a for a in self.atoms if a.kind in STATE_KINDS and (a.entry.country or a.kind == "body")]
        self.states = [a for a in states if not self.beside(a)]
        self.state_starts = [a.start for a in self.states]
        self.armed = armed(self.states)
        self.counts = Counter(a.entry.country for a in self.states if a.entry.country)
        self.states_by_name = States(self)
        self.kin = Kin(self)
        self.offices = Offices(self)
        self.official = home
        self.home = home or self._home()
        self.against = Against()
        self.quoted: list[tuple[int, int, Entity]] = []
        self.said: list[tuple[int, Entity]] = []
        self.salience = Salience(self._mentions(), self.trace)
        self.settled: dict[Hashable, float] = {c: 1.0 for c in self.counts if c in index.lexicon.settled}
        self.groups = Groups(self)
        self.pronouns = Pronouns(self)

    def _atoms(self) -> list[Atom]:
        atoms = self.index.lexicon.atoms(self.tokens)
        return Organisations(self.text, self.tokens, self.spans, atoms, self.index.lexicon).atoms_and_names()

    def _settled(self, atoms: Sequence[Atom]) -> list[Atom]:
        """Atoms of a people or body of several countries given to the one that the report names most."""
        named = Counter(a.entry.country for a in atoms if a.kind in ("country", "adjective", "capital", "place"))
        out: list[Atom] = []
        for atom in atoms:
            if atom.kind == "ethnic" and len(atom.entry.homes) > 1:
                homes = atom.entry.homes
                beside = out[-1].entry.country if out and out[-1].last == atom.first else ""  # "Syria's Kurds"
                best = max(homes, key=lambda c: (c == beside, named[c], -homes.index(c)))
                atom = replace(atom, entries=(replace(atom.entry, country=best),))
            elif atom.kind == "body" and len(atom.entries) > 1:
                bodies = [e for e in atom.entries if e.kind == "body"]
                atom = replace(atom, entries=(max(bodies, key=lambda e: (named[e.country], -bodies.index(e))),))
            elif atom.kind != "office":
                dated = of_day(self.text, atom, self.day)
                if dated is None:
                    continue
                atom = dated
            out.append(atom)
        return settled(self.text, out)

    def beside(self, atom: Atom) -> bool:
        """Whether the state is not the actor but whom the actor favours: "pro-Russian rebels", "Iran-backed militia"."""
        before, after = self.text[max(0, atom.start - 6) : atom.start].lower(), self.text[atom.end : atom.end + 12].lower()
        return bool(_BESIDE_BEFORE.search(before) or _BESIDE_AFTER.match(after))

    def _home(self) -> str:
        """The country whose offices the report names without saying whose: the one that its own officials are from."""
        votes: Counter[str] = Counter()
        for person in self.people.full.values():
            if person.country and person.country not in WORLD:
                votes[person.country] += 2
        for atom in self.states:
            if atom.kind == "seat" or (atom.kind == "body" and atom.entry.sector in ("LEG", "GOV", "MIL")):
                votes[atom.entry.country] += 2
            elif atom.entry.country and atom.entry.country not in WORLD:
                votes[atom.entry.country] += 1
        return votes.most_common(1)[0][0] if votes else ""

    def _mentions(self) -> list[Mention]:
        """Everything that names a country, in the order of the text."""
        places = [(a.start, a.entry.country, self.at_place(a), False) for a in self.states if a.entry.country]
        persons = [(s, p.country, False, True) for s, p in self.people.mentions() if p.country]
        out, opened = [], -1
        for start, country, place, person in sorted(places + persons):
            n = self.sentence_of(start)
            subject = n != opened and start - self.spans[n][0] < 40
            opened = n
            quotation = self.in_quotation(start)
            out.append(Mention(start, n, country, place, person, subject, quotation[0] if quotation else None))
        return out

    def at_place(self, atom: Atom) -> bool:
        """Whether the atom says where something is, rather than who acts."""
        if atom.kind == "place":
            return True
        if atom.kind not in ("country", "capital"):
            return False
        begin = atom.start
        town = self.by_last.get(atom.first)
        inside = town is not None and town.kind in _PLACES and town.entry.country == atom.entry.country
        if town is not None and inside and self.text[town.end : atom.start] == ", ":
            begin = town.start  # "in Amman, Jordan"
        return bool(_WHERE.search(self.text[max(0, begin - 40) : begin].lower()))

    # What other modules ask.

    def placed(self, start: int, end: int) -> int | None:
        """Where the "in" begins behind which text[start:end] is nothing but a state or place, or one of a list; else None."""
        i = bisect_left(self.state_starts, start)
        if i == len(self.states) or self.states[i].kind not in _PLACES or self.states[i].end < end:
            return None
        if self.states[i].start != start and self.text[start : self.states[i].start].lower() != "the ":
            return None
        while i and (last := self.states[i - 1]).kind in _PLACES and _AND.fullmatch(self.text, last.end, self.states[i].start):
            i -= 1
        begin = min(start, self.states[i].start)
        window = max(0, begin - 40)
        found = _PLACED.search(self.text[window:begin].lower())
        return window + found.start() if found else None

    def set_speaker(self, start: int, end: int, speaker: Entity) -> None:
        """Says that text[start:end] is in `speaker`'s words, so that "we" in it means his or her side."""
        self.quoted.append((start, end, speaker))

    def note_speaker(self, at: int, speaker: Entity) -> None:
        """Says that the cue at offset `at` is `speaker`'s: "he said" further on means the last one who spoke."""
        self.said.append((at, speaker))

    def in_quotation(self, at: int) -> tuple[int, int] | None:
        """The quotation around offset `at`."""
        return next((q for q in self.quotations if q[0] <= at < q[1]), None)

    def speaker_at(self, at: int) -> Entity | None:
        """The innermost speaker of the words at `at`."""
        inside = [(e - s, speaker) for s, e, speaker in self.quoted if s <= at < e and speaker.text]
        return min(inside, key=lambda pair: pair[0])[1] if inside else None

    def speaker_near(self, at: int) -> Entity | None:
        """The speaker of the words at `at`, or of the quotation around them where that is known of another part of it."""
        speaker = self.speaker_at(at)
        if speaker is not None:
            return speaker
        quotation = self.in_quotation(at)
        if quotation is None:
            return None
        near = [who for s, e, who in self.quoted if s < quotation[1] and quotation[0] < e and who.text]
        if near:
            return near[-1]
        n = self.sentence_of(at)
        here = [(abs(where - at), who) for where, who in self.said if abs(self.sentence_of(where) - n) <= 1 and who.text]
        return min(here, key=lambda pair: pair[0])[1] if here else None

    def country_mentions(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """(start, end, country) of each word in text[start:end] that names a state or body, itself or by its people."""
        i = bisect_left(self.state_starts, start)
        out = []
        while i < len(self.states) and self.states[i].end <= end:
            atom = self.states[i]
            if atom.entry.country:
                out.append((atom.start, atom.end, atom.entry.country))
            i += 1
        return out

    def sentence_of(self, at: int) -> int:
        """The number of the sentence that holds offset `at`."""
        return max(0, bisect_right(self.spans, (at, len(self.text) + 1)) - 1)

    def resolve(
        self, start: int, end: int, role: str = "actor", event: str = "", *, mode: str = "", alone: bool = True,
        apart: frozenset[str] = frozenset(), against: frozenset[str] = frozenset(),
    ) -> tuple[Entity, ...]:  # fmt: skip
        """What text[start:end] stands for: one entity, several for a list, or one with nothing but its words.

        `event` is the type of the event that the span takes part in, where known, and `mode` its mode: it decides whether a
        state acts through its government or its military. `alone`: the event has no other actor, and a meeting no other
        party. `apart`: countries that are none of "both sides", since they act on them. `against`: those of the event's other
        side, as far as they are known."""
        self.against = Against(event, against)
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        words = self.text[start:end]
        begun = self.by_first.get(first - 1) if first < last else None
        if begun is not None and begun.last > first:
            first = begun.first  # a name that begins with "the", which the decoder leaves out: "the alliance"
        if first == last:
            return (Entity(words, start, end),)
        if self.trace is None:
            return self._resolved(first, last, (start, end), role, (event, mode, alone, apart))
        with self.trace.span():
            found = self._resolved(first, last, (start, end), role, (event, mode, alone, apart))
        return self.trace.settle(found, Entity(words, start, end))

    def _resolved(
        self, first: int, last: int, span: tuple[int, int], role: str, told: tuple[str, str, bool, frozenset[str]]
    ) -> tuple[Entity, ...]:
        words = self.text[span[0] : span[1]]
        found = self._find(first, last, role, *told)
        return tuple(self._finish(e, words, *span) for e in found) or (Entity(words, *span),)

    # Parts of `resolve`.

    def _find(
        self, first: int, last: int, role: str, event: str, mode: str, alone: bool, apart: frozenset[str]
    ) -> list[Entity]:
        if last - first <= 2 and is_pronoun(self.tokens[last - 1].norm) and not self.inside(first, last):
            self._note(f"pronoun {kind_of(self.tokens[last - 1].norm)}", first, last)
            met = self._met(first, last, role, event) if alone else []
            return met or self.pronouns.resolve(self.tokens[last - 1], role)
        listed = self.groups.resolve(first, last, alone and event == "RETREAT" and mode == "disarm", apart)
        if listed is not None:
            self._note("group or list", first, last)
        return self.named(first, last, role, event, mode) if listed is None else listed

    def _met(self, first: int, last: int, role: str, event: str) -> list[Entity]:
        """The two who met, where "they" did: nobody meets alone."""
        meeting = event == "CONSULT" and role.startswith("actor") and kind_of(self.tokens[last - 1].norm) == "they"
        return self.groups.heads(self.tokens[first].start) if meeting else []

    def _note(self, rule: str, first: int, last: int) -> None:
        if self.trace is not None:
            self.trace.rule(rule, self.text[self.tokens[first].start : self.tokens[last - 1].end])

    def _note_person(self, person: Person) -> None:
        """Notes what is known of a person: the rows of the tables, or the title beside the name."""
        if self.trace is None:
            return
        lexicon, key = self.index.lexicon, key_of(person.name)
        rows = lexicon.person(key) or lexicon.surnames.get(key.split()[-1] if key else "", ())
        if not person.country:
            self.trace.rule("person by what is near", person.name)
        elif person.titled or not rows:
            self.trace.rule("person by the title", f"{person.name}: {person.office or 'a country beside the name'}")
        else:
            told = f"{person.name}, {person.office or person.sector} on {self.day or 'no date'}"
            self.trace.rule("person of the tables", told, rows_considered(rows, self.day, person.office))

    def _finish(self, entity: Entity, words: str, start: int, end: int) -> Entity:
        if entity.country in WITHOUT_SECTOR:
            entity = replace(entity, sector="")
        key = self.index.body_key(entity.name, entity.country)
        ident = content_id(entity.country, entity.sector, key) if entity.country or entity.name else ""
        return replace(entity, text=words, start=start, end=end, id=ident)

    def inside(self, first: int, last: int, kinds: frozenset[str] | None = None) -> list[Atom]:
        """The atoms that begin among tokens [first, last)."""
        return [a for i in range(first, last) if (a := self.by_first.get(i)) and (kinds is None or a.kind in kinds)]

    def states_in(self, first: int, last: int) -> list[Atom]:
        """The states, bodies and places among tokens [first, last), but those that are only favoured there."""
        found = [a for a in self.inside(first, last, STATE_KINDS) if a.entry.country or a.kind in ("body", "ethnic")]
        if len(found) == 1 and (found[0].first, found[0].last) == (first, last):
            return found
        return [a for a in found if not self.beside(a)]

    def persons_in(self, first: int, last: int) -> list[tuple[int, int, Person]]:
        """(first, last, person) of each person named among tokens [first, last)."""
        out: list[tuple[int, int, Person]] = []
        named = self.inside(first, last, frozenset({"person"}))
        if not named and first in self.around:
            named = [self.around[first]]
        for a in named:
            person = self.people.find(a.first, a.last)
            if person:
                out.append((a.first, a.last, person))
        for run in self.people.runs:
            if run.first >= last:
                break
            if run.last > first:
                i, j = max(run.first, first), min(run.last, last)
                person = self.people.find(i, j)
                if person:
                    out.append((i, j, person))
        return sorted(out, key=lambda p: p[0])

    def named(self, first: int, last: int, role: str = "actor", event: str = "", mode: str = "") -> list[Entity]:
        """What tokens [first, last), which are no pronoun and no list word, stand for."""
        kin = self.kin.resolve(first, last, role)
        if kin:
            return kin
        persons = self.persons_in(first, last)
        if persons:
            return self._persons(first, last, persons)
        offices = among(self, first, last)
        if offices:
            return self.offices.resolve(first, last, offices, role)
        states = self.states_in(first, last)
        if states:
            self._note(_NAMED_BY[states[0].kind], first, last)
            return [self.states_by_name.entity(a, role, event, mode) for a in distinct(self._owners(states))]
        return self._unknown(first, last, role)

    def _owners(self, states: Sequence[Atom]) -> list[Atom]:
        """`states` without those that only say where the others are: "U.S. positions in Iraq and Syria"."""
        out: list[Atom] = []
        placed = False
        whose = {a.last: a.entry.country for a in states if a.kind == "adjective"}
        faith = next((a for a in states if is_faith(a.entry) and a.first in whose), None)
        if faith is not None:
            return [replace(faith, entries=(replace(faith.entry, country=whose[faith.first]),))]  # "Egyptian Christians"
        # "The Kurdish YPG" is a body, whatever state its people are counted to.
        bodies = {a.first for a in states if a.kind == "body"}
        found = next((a for a in states if FOUND in a.entry.flags and not a.entry.country), None)
        named = next((a.entry.country for a in states if a.kind in ("country", "adjective")), "")
        if found is not None and named:
            return [replace(found, entries=(replace(found.entry, country=named),))]  # "the Peruvian branch of the …"
        states = [a for a in states if a.kind not in ("ethnic", "adjective") or a.last not in bodies]
        states = without_owners(self.text, states)
        for n, atom in enumerate(states):
            between = self.text[states[n - 1].end : atom.start] if n else ""
            placed = self.at_place(atom) or (placed and _AND.fullmatch(between) is not None)
            if not placed:
                out.append(atom)
        return out or list(states)

    def _persons(self, first: int, last: int, persons: Sequence[tuple[int, int, Person]]) -> list[Entity]:
        begin, end, person = persons[0]
        rest = self.text[self.tokens[end - 1].end : self.tokens[last - 1].end]
        after = self.inside(end, last, OFFICE)
        if _OWNED.match(rest) and after:
            self._note("what belongs to a person", first, last)
            return [self.offices.of_person(person, after)]
        ahead = self.inside(first, begin, OFFICE)
        if ahead:
            between = self.text[ahead[0].end : self.tokens[begin].start]
            led = ahead[0].entry.form in ("people", "body") and _LED_BY.search(between)
            if led or _SPEAKS_FOR.search(between):
                self._note("what belongs to a person", first, last)
                return [self.offices.of_person(person, ahead[:1])]
        kept = {id(p): p for i, j, p in persons if not self._is_master(j, last, persons)}
        for one in kept.values():
            self._note_person(one)
        return [self.person_entity(p) for p in kept.values()]

    def _is_master(self, end: int, last: int, persons: Sequence[tuple[int, int, Person]]) -> bool:
        """Whether the person up to token `end` is only whose office the next one holds ("Boehner spokesman Brendan Buck")."""
        following = next((i for i, _, _ in persons if i >= end), None)
        if following is None or following >= last:
            return False
        between = self.text[self.tokens[end - 1].end : self.tokens[following].start]
        joined = re.search(r"[,;]|\b(?:and|or|with|by|to)\b", between)
        return joined is None and bool(self.inside(end, following, OFFICE))

    def person_entity(self, person: Person) -> Entity:
        """The record of a person; without a country of his or her own, the one that fits best where the name is first."""
        sector = person.sector or ("GOV" if person.country and person.office and not person.known_sector else "")
        entity = Entity("", country=person.country, sector=sector, name=person.name, office=person.office)
        if entity.country:
            return entity
        if self.trace is not None:
            with self.trace.guessing(id(person)):
                self._guess_once(person)
        else:
            self._guess_once(person)
        sector = person.sector if person.kin or person.weak else entity.sector
        return replace(entity, country=person.guess, sector=sector or ("GOV" if person.office else ""))

    def _guess_once(self, person: Person) -> None:
        if not person.asked:
            person.asked = True
            person.guess = self._guess(person)

    def _guess(self, person: Person) -> str:
        """The country of a person that neither the tables nor a title give: the title's "its", else by what is near."""
        if person.owner is not None:
            found = self.pronouns.resolve(self.tokens[person.owner])
            if person.kin and found and found[0].name and found[0].sector in PUBLIC:
                person.sector = "ELI"
            if person.weak and found and found[0].sector in LENT:
                person.sector = found[0].sector
            if found and found[0].country:
                return found[0].country
        at = self.tokens[person.first].start
        if not person.office:
            return self.country_by("name", at)
        if self.official and not self._abroad(at):
            # The official whom a government's release names without saying whose he or she is, is its own.
            return self.official
        barred = self.index.held_by_others(person.office, person.name, self.day) | ({"USA"} if person.abroad else set())
        return self.country_by("official", at, frozenset(barred))

    def _abroad(self, at: int) -> bool:
        """Whether a foreign state, or an official of one, is named in the sentence of offset `at` or the one before."""
        n = self.sentence_of(at)
        start, end = self.spans[max(0, n - 1)][0], self.spans[n][1]
        named = [(a.start, a.entry.country) for a in self.states if a.kind != "place"]
        named += [(where, p.country) for where, p in self.people.mentions()]
        return any(start <= where < end and c and c != self.official and c not in WORLD for where, c in named)

    def country_by(
        self, kind: str, at: int, barred: frozenset[str] = frozenset(), role: str = "", **special: Special
    ) -> str:
        """The country that words of class `kind` at offset `at` belong to, by what is named around them."""
        quotation, speaker = self.in_quotation(at), self.speaker_near(at)
        extra: dict[str, Special] = {"home": self.home or None, "speaker": speaker.country or None if speaker else None}
        extra["settled"] = self.settled
        armed_by = self.armed if kind.endswith("rebels") else {}
        if armed_by:
            extra["armed"] = armed_by
        extra.update(special)
        if kind not in ("name", "official"):
            extra.update(self.against.features((c, c) for c in self.counts))
        found = self.salience.choose(
            kind, at, self.sentence_of(at), quotation[0] if quotation else None, extra,
            lambda key: (is_state(key) or key in armed_by) and key not in barred, role.startswith("recipient"),
        )  # fmt: skip
        return found if isinstance(found, str) else ""

    def _unknown(self, first: int, last: int, role: str) -> list[Entity]:
        """Words that no table knows: a name stays a name; a thing of some country takes it from beside it."""
        self._note("unknown words by what is near", first, last)
        for run in self.people.runs:
            if run.first < last and run.last > first and run.last - run.first >= 2:
                words = self.text[self.tokens[max(run.first, first)].start : self.tokens[min(run.last, last) - 1].end]
                return [Entity("", country=self.country_by("thing", self.tokens[first].start, role=role), name=words)]
        if {t.norm for t in self.tokens[first:last]} <= self.index.lexicon.indefinite or self.tokens[first].norm in FOREIGN:
            return []
        country = self.country_by("thing", self.tokens[first].start, role=role)
        return [Entity("", country=country)] if country else []


def is_state(key: object) -> bool:
    """Whether a key of the report's salience is a state's code."""
    return isinstance(key, str) and key not in WORLD


def distinct(states: Sequence[Atom]) -> list[Atom]:
    """`states` without those that repeat a record."""
    return list({(a.entry.country, a.entry.sector, a.entry.name): a for a in states}.values())
