"""Offices, organs and groups of people: whose they are, and who holds them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from communique.records import Entity
from communique.resolve.coalitions import Coalitions
from communique.resolve.heads import LENT, OFFICE, deciding, names_holder, other_chamber
from communique.resolve.kin import in_public, is_kin
from communique.resolve.lexicon import Atom, Entry, Token
from communique.resolve.people import Person
from communique.resolve.peoples import of_office
from communique.resolve.salience import Mention, Salience, Special
from communique.resolve.services import near
from communique.resolve.standing import fits, standing
from communique.resolve.titles import BELONGS, MODIFIERS, OWNERS, STATE_KINDS
from communique.resolve.trace import rows_considered

if TYPE_CHECKING:
    from communique.resolve.report import ReportResolver

_ARTICLE = re.compile(r"^\W*(?:the|a|an|his|her|its|their|our|this|that|these|those)\s+", re.IGNORECASE)
_HALVES = {
    "PRK": {"north": "PRK", "south": "KOR"}, "KOR": {"north": "PRK", "south": "KOR"}, "SSD": {"north": "SDN", "south": "SSD"},
    "SDN": {"north": "SDN", "south": "SSD"}, "YEM": {"north": "YEM", "south": "YEM"},
}  # fmt: skip
"""What "the North" and "the South" are in a report that names one of these."""
FOREIGN = frozenset({"foreign", "international", "western", "world", "global", "overseas"})
_DEFINITE = frozenset({"the", "this", "that", "these", "those"})
_SHORT = {
    "sen": "senator", "rep": "representative", "gen": "general", "gov": "governor", "adm": "admiral", "col": "colonel",
    "capt": "captain", "lt": "lieutenant", "sgt": "sergeant", "maj": "major", "cmdr": "commander", "pontiff": "pope",
    "premier": "prime minister", "congressman": "representative", "congresswoman": "representative",
    "secretary general": "secretary-general",
}  # fmt: skip
_HEAD_OFFICES = (
    "president", "prime minister", "chancellor", "king", "leader", "emir", "sultan", "supreme leader", "chief executive",
)  # fmt: skip
_LEADERS = frozenset({"leader", "dictator", "strongman", "head of state", "head of government", "head"})
"""Offices that stand for whoever leads the state, whatever the title."""

_POSTED = re.compile(r"^[^.;]{0,30}\b(?:in|at|to)\s(?:the\s)?$")
_OF = re.compile(r"\bof\s(?:the\s|this\s|that\s)?$")
_OFTEN = 3
"""Namings from which a report is about an armed body."""
_IN = re.compile(r"\sin\s")
_BESIDE = 3
"""Words between a body and those whom it sends: "IAEA weapons inspectors"."""
_BODY_REACH = 6
"""Sentences before "the group" in which the body is looked for."""


class Offices:
    """Resolves the offices of one report through its `ReportResolver`."""

    def __init__(self, report: ReportResolver) -> None:
        self.report, self.text, self.tokens = report, report.text, report.tokens
        self.own = {a.first: self._own_country(a) for a in report.atoms if a.kind == "office"}
        self.coalitions = Coalitions(report)
        self.signs: dict[tuple[str, str], dict[str, dict[Hashable, float]]] = {}
        self.ranked: Salience | None = None
        self.before: dict[str, list[Atom]] = {}
        for atom in report.atoms:
            if atom.kind == "office":
                self.before.setdefault(self._head(atom), []).append(atom)

    @staticmethod
    def _head(atom: Atom) -> str:
        return atom.entry.office.split()[-1]

    def resolve(self, first: int, last: int, offices: list[Atom], role: str = "") -> list[Entity]:
        """What tokens [first, last), which hold `offices` and no person's name, stand for."""
        named = self._named_behind(last, offices)
        return [self.report.states_by_name.entity(named)] if named is not None else self._decided(first, last, offices, role)

    def _decided(self, first: int, last: int, offices: list[Atom], role: str) -> list[Entity]:
        atom = deciding(offices)
        states = [s for s in self.report.states_in(first, last) if not self._post(atom, s)]
        states, atom = of_office(states, offices, atom, self.tokens[first].norm in _DEFINITE)
        entry = atom.entry
        if "nocountry" in entry.flags:
            states = [s for s in states if not self.report.at_place(s)]
        leading = self.coalitions.leader(first, last) if "coalition" in entry.office else None
        parties = self.coalitions.of_parties(first, last)
        if parties and "coalition" in entry.office:
            entry = replace(entry, sector=parties)
            atom = replace(atom, entries=(entry,))
        if leading is None and self.coalitions.at_war(first, last) and all(self.report.at_place(s) for s in states):
            self._note("group of no one country", atom)
            return [Entity("", country="IGO", office=entry.office)]
        placed = bool(states) and self._is_mine(first, atom) and all(self.report.at_place(s) for s in states)
        if states and not placed:
            return self._of_states(first, last, atom, states)
        if entry.form == "west":
            return [Entity("", sector="")]
        if leading is not None:
            self._note("office of a named state", atom)
            return [Entity("", country=leading, sector="MIL", office=entry.office)]
        if entry.form == "document":
            self._note("author of a document", atom)
            return self._document(first, last, atom)
        if entry.form == "place":
            self._note("ground", atom)
            return self._ground(first, atom)
        if entry.form == "set" or self._foreign(first, last):
            self._note("group of no one country", atom)
            return [self._entity(self.own.get(atom.first, ""), entry.sector, first, last)]
        owner = self._owner(atom, first)
        if "other" in entry.flags:
            self._note("office of another country", atom)
            barred = frozenset({owner.country}) if owner else frozenset()
            return [self._entity(self.report.country_by("ground", atom.start, barred, role), entry.sector, first, last)]
        if owner is not None:
            self._note("office with its owner", atom)
            lent = "weak" in entry.flags and owner.sector in LENT
            return [self._entity(owner.country, owner.sector if lent else entry.sector, first, last)]
        body = None if parties else self.body_before(atom, first) or self._body_of(first, atom, offices)
        if body is not None:
            self._note("body named before", atom)
            return [self.report.states_by_name.entity(body)]
        if names_holder(atom):
            person = self.holder(atom)
            if person is not None:
                self._note("office held by a person of the report", atom, person.name)
                return [self.report.person_entity(person)]
        self._note("office of a named state" if self.own.get(atom.first) else "office by what is near", atom)
        country = self.country_for(atom, role)
        main = self._main_body(atom, country) if country in ("", "IMG") else self._sender(atom) if "uno" in entry.flags else None
        if main is not None:
            self._note("body named before", atom)
            return [self.report.states_by_name.entity(main)]
        sector = near(self.report, atom, country) if "near" in entry.flags else entry.sector
        entity = self._entity(country, "" if country in ("UNO", "NGO") else sector, first, last)
        return [self._with_holder(entity, atom) if names_holder(atom) and self.own.get(atom.first) else entity]

    def _named_behind(self, last: int, offices: Sequence[Atom]) -> Atom | None:
        """The body whose name closes the words right behind the noun that it goes by: "the West African bloc ECOWAS"."""
        noun, body = offices[-1], self.report.by_last.get(last)
        if body is None or body.kind != "body" or body.first != noun.last or noun.entry.office not in standing():
            return None
        if self.text[noun.end : body.start] not in (" ", ", "):
            return None
        self._note("body by name", body)
        return body

    def _note(self, rule: str, atom: Atom, detail: str = "") -> None:
        if self.report.trace is not None:
            self.report.trace.rule(rule, detail or self.text[atom.start : atom.end])

    def of_person(self, person: Person, offices: Sequence[Atom]) -> Entity:
        """The record of what belongs to a person: "the Obama administration"."""
        atom = deciding(offices)
        entry = atom.entry
        sector = entry.sector if "weak" not in entry.flags else person.sector
        if is_kin(atom) and in_public(person):
            sector = "ELI"  # "the Assad family"
        country = person.country or self.report.person_entity(person).country
        return Entity("", country=country, sector=sector, office=entry.office)

    def _entity(self, country: str, sector: str, first: int, last: int) -> Entity:
        words = self.text[self.tokens[first].start : self.tokens[last - 1].end]
        name = self._organ_name(first, last)
        return Entity("", country=country, sector=sector, name=name, office=_ARTICLE.sub("", words)[:80])

    def _organ_name(self, first: int, last: int) -> str:
        """The name of an organ that is written as one and closes the span: "Foreign Ministry", not "army"."""
        offices = self.report.inside(first, last, OFFICE)
        if not offices or offices[-1].last != last or offices[-1].entry.form != "body":
            return ""
        atom = offices[-1]
        words = self.tokens[atom.first : atom.last]
        opens = len(words) == 1 and self.report.spans[self.report.sentence_of(atom.start)][0] >= self.tokens[first].start
        if opens or not all(t.capital or t.norm in ("of", "and", "for", "the") for t in words):
            return ""
        return self.text[atom.start : atom.end].removeprefix("the ").removeprefix("The ")

    def _with_holder(self, entity: Entity, atom: Atom) -> Entity:
        """`entity` with the name of who held the office on the day of the report, where only one person did."""
        office = _SHORT.get(atom.entry.office, atom.entry.office).replace("defence", "defense")
        index, day = self.report.index, self.report.day
        known = index.leader(entity.country, day) if office in _LEADERS else index.holder(office, entity.country, day)
        former = re.search(r"\b(?:former|ex|then|next|new|future)\b", self.text[max(0, atom.start - 24) : atom.start].lower())
        if known is not None and not former and self.report.trace is not None:
            row = rows_considered([known], self.report.day, known.office)
            self.report.trace.step("office held on the date, by the tables", known.name, row)
        return replace(entity, name=known.name) if known is not None and not former else entity

    def _of_states(self, first: int, last: int, atom: Atom, states: list[Atom]) -> list[Entity]:
        entry, listed = atom.entry, self._listed(states)
        out = []
        for state in listed:
            sector = entry.sector
            if state.entry.country in ("UNO", "EUR", "IGO", "NGO") and state.kind in ("body", "country", "adjective"):
                sector = ""
            elif "weak" in entry.flags and state.entry.sector:
                sector = state.entry.sector
            elif entry.form == "place":
                sector = "GOV" if entry.office in ("country", "nation") else ""
            elif state.kind == "body" and self._is_member(entry, state.entry):
                sector = state.entry.sector
            elif "near" in entry.flags:
                sector = near(self.report, atom, state.entry.country, named=True)
            entity = self._entity(state.entry.country, sector, first, last)
            collective = entry.form != "person" or state.entry.country in ("UNO", "IGO", "EUR")
            if collective and not entity.name and self._bears_name(atom, state):
                entity = replace(entity, name=self.report.states_by_name.entity(state).name)
            out.append(entity)
        if names_holder(atom) and len(out) == 1:
            person = self.holder(atom, out[0].country)
            if person is not None:
                self._note("office held by a person of the report", atom, person.name)
                return [self.report.person_entity(person)]
            self._note("office of a named state", atom)
            return [self._with_holder(out[0], atom)]
        self._note("office of a named state", atom)
        return out

    @staticmethod
    def _is_member(entry: Entry, body: Entry) -> bool:
        """Whether a group has the sector of the body named with it: "Hamas commanders", "FBI agents"."""
        armed = body.sector in ("REB", "PRM", "CRM", "UAF", "JRN") and entry.form != "body"
        return armed or bool("member" in entry.flags and body.sector)

    @staticmethod
    def _bears_name(atom: Atom, state: Atom) -> bool:
        """Whether a group or organ goes by the name of the body before it: "Taliban fighters", "State Department officials"."""
        if state.kind != "body":
            return state.entry.country == "EUR" and atom.entry.form in ("people", "set")
        return state.entry.sector in ("REB", "PRM", "CRM") or atom.entry.form in ("body", "people", "set")

    def _listed(self, states: Sequence[Atom]) -> list[Atom]:
        """The first state, and those joined to it as a list ("US and French officials")."""
        out = {(states[0].entry.country, states[0].entry.name): states[0]}
        for before, after in pairwise(states):
            gap = self.text[before.end : after.start]
            if not re.fullmatch(r"(?:['’]s)?(?:,|,?\s*(?:and|or|&)|/|-|\s)*\s*(?:the\s+)?", gap):
                break
            if gap.strip(" ’'s") or after.entry.country == before.entry.country:
                out.setdefault((after.entry.country, after.entry.name), after)
        return list(out.values())

    def _owner(self, atom: Atom, first: int) -> Entity | None:
        """Whom the "his", "its" or "their" before an office means; None where there is none or he has no country."""
        token = self.tokens[first]
        if token.norm not in OWNERS or first >= atom.first:
            return None
        found = self.report.pronouns.resolve(token, "actor")
        return found[0] if found and found[0].country else None

    def _is_mine(self, first: int, atom: Atom) -> bool:
        """Whether a group or organ is "his" or "our" own: "our troops in Iraq" are not Iraq's."""
        return self.tokens[first].norm in OWNERS and first < atom.first

    def _foreign(self, first: int, last: int) -> bool:
        """Whether the group is of no one country: "foreign troops", "international observers"."""
        known = self.report.by_first
        abroad = [i for i in range(first, last) if self.tokens[i].norm in FOREIGN]
        return any(i not in known or known[i].entry.form == "west" for i in abroad)

    def _ground(self, first: int, atom: Atom) -> list[Entity]:
        """ "the country", "the North", "its territory"."""
        counts = self.report.counts
        if atom.entry.office in ("north", "south") and self.tokens[atom.first].capital:
            half = next((pair[atom.entry.office] for known, pair in _HALVES.items() if counts.get(known)), "")
            if half:
                return [Entity("", country=half, sector="GOV")]
        owner = self._owner(atom, first)
        if owner is not None:
            return [Entity("", country=owner.country, sector="GOV")]
        state = atom.entry.office in ("country", "nation", "kingdom", "republic")
        country = self.own.get(atom.first) or self.report.country_by("country" if state else "ground", atom.start)
        return [Entity("", country=country, sector="GOV" if state else "")]

    def _document(self, first: int, last: int, atom: Atom) -> list[Entity]:
        """The author of "the statement", "his letter": whose it is, else who spoke last."""
        report = self.report
        if self.tokens[first].norm in OWNERS:
            found = report.pronouns.resolve(self.tokens[first], "speaker")
            if found:
                return found[:1]
        if self.tokens[first].norm not in _DEFINITE:
            return [Entity("")]
        n = report.sentence_of(atom.start)
        said = [who for where, who in report.said if where < atom.start and n - report.sentence_of(where) <= 3 and who.country]
        if said:
            return [said[-1]]
        return [self._entity(report.country_by("office", atom.start), atom.entry.sector, first, last)]

    def body_before(self, atom: Atom, first: int) -> Atom | None:
        """The body that "the group" or "the militants" are: the last one named before that the noun fits."""
        able = standing().get(atom.entry.office)
        own = self.own.get(atom.first) and not _IN.match(self.text, atom.end)
        if not able or own or not self._definite(atom, first):
            return None
        n, quotation = self.report.sentence_of(atom.start), self.report.in_quotation(atom.start)
        bodies, last = self._bodies(), {}
        for state in self.report.states:
            near = state.start < atom.start and n - self.report.sentence_of(state.start) <= _BODY_REACH
            if near and state.kind == "body" and any(fits(state.entry, *fit) for fit in able):
                last[state.entry.country, state.entry.name] = state
        if not last:
            return None
        nearest = max(last, key=lambda key: last[key].start)
        extra: dict[str, Special] = {"home": nearest}
        found = bodies.choose("group", atom.start, n, quotation[0] if quotation else None, extra, lambda key: key in last)
        return last.get(found) if isinstance(found, tuple) else None

    def _body_of(self, first: int, atom: Atom, offices: Sequence[Atom]) -> Atom | None:
        """The body that "the group" is in "the group's leaders" and "leaders of the group"."""
        for other in offices:
            own = BELONGS.match(self.text, other.end) or _OF.search(self.text, max(0, other.start - 8), other.start)
            if other is not atom and own:
                return self.body_before(other, first if other.first == first else other.first - 1)
        return None

    def _main_body(self, atom: Atom, country: str) -> Atom | None:
        """The armed body that a report is about, for "militants" that belong to nobody named near them; of "IMG", where they
        are of no one country, the one named most."""
        able = standing().get(atom.entry.office, ())
        if not country and (not able or atom.entry.sector not in ("REB", "PRM")):
            return None
        armed = [
            s for s in self.report.states
            if s.kind == "body" and (s.entry.country == country if country else any(fits(s.entry, *fit) for fit in able))
        ]  # fmt: skip
        named = Counter((s.entry.country, s.entry.name) for s in armed).most_common(1)
        if not named or (not country and named[0][1] < _OFTEN):
            return None
        return next(s for s in armed if (s.entry.country, s.entry.name) == named[0][0])

    def _sender(self, atom: Atom) -> Atom | None:
        """The body whose "inspectors" or "peacekeepers" the report named last, for such as are no state's and name nobody's."""
        same = [] if self.own.get(atom.first) else [a for a in self.before[self._head(atom)] if a.first < atom.first]
        last = next((a for a in reversed(same) if self.own.get(a.first) or a.entry.office.startswith("un ")), None)
        if last is None:
            return None
        behind = self._behind(last, "of|from|for")
        near = [
            s for s in self.report.states
            if s.kind == "body" and s.entry.country == self.own.get(last.first)
            and (s is behind or 0 <= last.first - s.last <= _BESIDE)
        ]  # fmt: skip
        return near[-1] if near and not near[-1].entry.sector else None

    def _bodies(self) -> Salience:
        """The bodies of the report, to choose among for "the group"."""
        if self.ranked is None:
            report, out, opened = self.report, [], -1
            for atom in report.states:
                n, quotation = report.sentence_of(atom.start), report.in_quotation(atom.start)
                subject = n != opened and atom.start - report.spans[n][0] < 40
                opened = n
                if atom.kind == "body":
                    key = atom.entry.country, atom.entry.name
                    out.append(Mention(atom.start, n, key, False, False, subject, quotation[0] if quotation else None))
            self.ranked = Salience(out, report.trace)
        return self.ranked

    def _definite(self, atom: Atom, first: int) -> bool:
        return atom.entry.office in ("militants", "extremists", "gunmen") or self.tokens[first].norm in _DEFINITE

    def holder(self, atom: Atom, country: str = "") -> Person | None:
        """The person of the report who holds the office that `atom` names, of `country` where it is known."""
        wanted = country or self.own.get(atom.first, "")
        report, office = self.report, _SHORT.get(atom.entry.office, atom.entry.office)
        options = [
            p for p in report.people.everyone()
            if (p.first <= atom.first or wanted) and wanted in ("", p.country) and self._holds(p, office)
        ]  # fmt: skip
        if "head" in atom.entry.flags and any(p.sure for p in options):
            options = [p for p in options if p.sure]
        if len(options) < 2:
            return options[0] if options else None
        chosen = report.pronouns.choose("holder", atom.start, lambda p: any(p is o for o in options), home=report.home)
        return chosen or max(options, key=lambda p: (bool(p.country), p.first))

    @staticmethod
    def _holds(person: Person, office: str) -> bool:
        held = person.office.lower().replace("sen.", "senator").replace("gen.", "general").replace("rep.", "representative")
        if not held:
            return False
        if office == "leader":
            return any(held == h or held.startswith(f"{h} ") for h in _HEAD_OFFICES) or "leader" in held
        at = re.search(rf"\b{re.escape(office)}\b(?!['’]s)", held)
        return at is not None and ("vice" in office or not re.search(r"\b(?:vice|deputy)\W$", held[: at.start()]))

    def _post(self, atom: Atom, state: Atom) -> bool:
        """Whether a state is only where an embassy or envoy is: "the embassy in Cairo", "ambassador to Ukraine"."""
        if "foreign" not in atom.entry.flags:
            return False
        if state.first >= atom.last:
            return _POSTED.search(self.text[atom.end : state.start]) is not None
        return atom.entry.form == "body" and state.kind in ("place", "capital") and state.last == atom.first

    def _posted_at(self, atom: Atom) -> Atom | None:
        """The place right behind diplomats where they are: "diplomats in Geneva"."""
        state = self._behind(atom, "in|at")
        return state if state is not None and self._post(atom, state) else None

    def _behind(self, atom: Atom, words: str) -> Atom | None:
        """The state or place that one of `words`, parted by "|", joins to an office: "police in Oslo", "minister of Peru"."""
        match = re.match(rf"\s(?:{words})\s(?:the\s)?", self.text[atom.end : atom.end + 12])
        state = self.report.by_first.get(bisect_left(self.report.starts, atom.end + match.end())) if match else None
        return state if state is not None and state.kind in STATE_KINDS else None

    def _own_country(self, atom: Atom) -> str:
        """The country in the words right around an office: "Turkey's deputy …", "… of Turkey"."""
        report, i, steps = self.report, atom.first, 4
        while i > 0 and steps:
            gap = self.text[self.tokens[i - 1].end : self.tokens[i].start]
            if not re.fullmatch(r"(?:['’]s?)?[\s-]+", gap) or "\n" in gap:
                break
            before = report.by_last.get(i)
            if before is not None and before.kind in STATE_KINDS and before.entry.country:
                return "" if report.beside(before) or self._post(atom, before) else before.entry.country
            if before is not None and before.kind == "person":
                return before.entry.country
            i = before.first if before is not None else i - 1
            if before is None and not self._modifies(self.tokens[i]):
                break
            steps -= 1
        state = self._behind(atom, "of|from|for" if "nocountry" in atom.entry.flags else "of|from|for|in")
        return state.entry.country if state is not None and not self._post(atom, state) else ""

    @staticmethod
    def _modifies(token: Token) -> bool:
        """Whether a word can stand between a state and its office ("Turkey's deputy …"), which no verb does."""
        return token.norm in MODIFIERS and token.norm not in ("the", "a", "an", "of", "in", "to", "for", "at", "on", "from")

    def country_for(self, atom: Atom, role: str = "") -> str:
        """The country of an office that names none: its own words, else by the same office earlier and what is near."""
        entry = atom.entry
        own = self.own.get(atom.first, "")
        if own or "nocountry" in entry.flags:
            return own
        if "usa" in entry.flags and not ("capital" in entry.flags and other_chamber(self.report)):
            return "USA"
        if "uno" in entry.flags or "ngo" in entry.flags:
            return "UNO" if "uno" in entry.flags else "NGO"
        if "foreign" in entry.flags and entry.form == "people" and (post := self._posted_at(atom)) is not None:
            # Diplomats in a capital are of any state; in Brussels they mostly are of the Union.
            return "EUR" if post.entry.country == "EUR" or self.text[post.start : post.end] == "Brussels" else ""
        same = [a for a in self.before[self._head(atom)] if a.first < atom.first and self.own.get(a.first)]
        earlier = same[-1] if same else None
        chain = self.own[earlier.first] if earlier else None
        barred = {"USA"} if "notusa" in entry.flags else set()
        if "foreign" in entry.flags or "pro" in self._words_before(atom):
            barred |= self._elsewhere(atom)
        kind = self._kind(atom)
        return self.report.country_by(kind, atom.start, frozenset(barred), role, chain=chain, **self._signs(kind, entry.sector))

    def _words_before(self, atom: Atom) -> list[str]:
        return [t.norm for t in self.tokens[max(0, atom.first - 3) : atom.first]]

    def _elsewhere(self, atom: Atom) -> set[str]:
        """The countries beside an office that are not its own: of its post, or whom it favours ("pro-Russian rebels")."""
        near = [s for s in self.report.states if atom.start - 24 < s.start < atom.end + 24]
        return {s.entry.country for s in near if self._post(atom, s)} | {
            a.entry.country for a in self.report.atoms
            if a.last == atom.first and a.kind in STATE_KINDS and self.report.beside(a)
        }  # fmt: skip

    def _signs(self, kind: str, sector: str) -> dict[str, dict[Hashable, float]]:
        """Over the whole report, for offices of one class: in what share of their sentences each country is named too
        ("together"), and what share of those with a country of their own are its ("owned")."""
        key = kind.removeprefix("some_"), sector
        if key not in self.signs:
            alike = [a for a in self.own if (k := self.report.by_first.get(a)) and k.entry.sector == sector]
            offices = [o for i in alike if self._kind(o := self.report.by_first[i]).removeprefix("some_") == key[0]]
            sentences = {self.report.sentence_of(o.start) for o in offices}
            named = self.report.salience.by_sentence
            together = Counter(k for n in sentences for k in {m.key for m in named.get(n, ()) if not m.person})
            owned = Counter(self.own[o.first] for o in offices if self.own[o.first])
            self.signs[key] = {
                "together": {k: n / len(sentences) for k, n in together.items()},
                "owned": {k: n / owned.total() for k, n in owned.items()},
            }
        return self.signs[key]

    def _kind(self, atom: Atom) -> str:
        """The class of the ranking (data/actors/salience.tsv) that an office belongs to."""
        definite = atom.first and self.tokens[atom.first - 1].norm in _DEFINITE
        sector = atom.entry.sector
        if atom.entry.office == "regime":
            return "regime"
        if sector in ("REB", "UAF", "PRM", "CRM"):
            return "rebels" if definite else "some_rebels"
        if sector in ("CVL", "REF", "LAB", "MED", "AGR", "REL", "SOC", "EDU"):
            return "people" if definite else "some_people"
        if sector in ("UNK", "JRN", "BUS"):
            return "voices"
        return "office" if definite else "some_office"
