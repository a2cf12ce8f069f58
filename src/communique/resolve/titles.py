"""The office that stands beside a name: before it ("Turkish Foreign Minister …") or behind it (", the EU's envoy,")."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from communique.resolve.lexicon import Atom, Token
from communique.settings import read_table

STATE_KINDS = frozenset({"country", "adjective", "people", "capital", "seat", "place", "ethnic", "body"})
OWNERS = frozenset({"his", "her", "its", "their", "our", "my", "your"})
HONORIFICS = frozenset({"mr", "mrs", "ms", "dr", "sir", "lord", "lady", "miss"})
MODIFIERS = frozenset(
    {
        "former", "ex", "then", "acting", "deputy", "senior", "top", "chief", "outgoing", "incoming", "late", "new",
        "current", "longtime", "veteran", "its", "his", "her", "their", "the", "a", "an", "of", "for", "to", "s", "in",
        "at", "on", "from", "top-ranking", "interim", "caretaker", "rival", "embattled", "ailing", "self", "styled",
        "appointed", "installed", "elected", "led", "backed", "ruling", "powerful", "influential", "first", "second",
        "hard", "line", "general", "assistant", "associate", "permanent", "main", "leading", "exiled", "jailed",
        "imprisoned", "detained", "ousted", "deposed", "retired", "right", "far", "left", "foreign", "special", "vice",
        "under", "younger", "older", "elder", "eldest", "youngest", "twin",
    }
)  # fmt: skip
_FORMER = re.compile(r"\b(?:former|ex|ousted|deposed|one-?time)\b", re.IGNORECASE)
VERBS = frozenset(
    {
        "said", "says", "told", "who", "has", "was", "is", "had", "have", "were", "are", "will", "would", "which", "that",
        "where", "when", "whose",
    }
)  # fmt: skip
_CLAUSE = frozenset({"whom", "after", "before", "since", "until", "as", "because", "while", "although", "though", "if"})
"""Words that begin what is told of somebody, beside `VERBS`."""
_STOP = re.compile(r"[,;:.—–)“”\"]\s|[—–)“”\"]|\n")
_WORKS_FOR = re.compile(r"\s(?:of|from|with|at)\s(?:the\s)?|['’]s\s", re.IGNORECASE)
_AMERICAN_MEMBER = re.compile(
    r"^\s?[,(]\s?\(?(?:R|D|I|Rep|Dem)[-–—. ]{1,2}(?:[A-Z][a-z.]+|[A-Z]{2}|[A-Z]\.[A-Z]\.)|"
    r"^\s?[,(]\s?(?:a\s)?(?:Republican|Democrat)\b"
)
_RELATIVE = re.compile(
    r",?\swho\s(?:is|was|leads?|led|heads?|headed|chairs?|runs?|speaks?|spoke|negotiates?|advises?|commands?|teaches|"
    r"taught|studies|researches|tracks|covers|serves|served)\b"
)
_STUDIES = re.compile(r",?\swho\s(?:teaches|taught|studies|researches|tracks|covers)\b")
_WORKS = re.compile(r"\s(?:at|for|with)\s")
_WAS = re.compile(r",?\swho\s(?:was|served\sas)\s")
BELONGS = re.compile(r"['’]s?\s")
"""What stands between an owner and what is his."""
_LINKS = frozenset(
    {
        "a", "about", "after", "against", "an", "as", "at", "before", "by", "during", "for", "from", "his", "in", "into", "its",
        "of", "on", "over", "than", "the", "their", "to", "with",
    }
)  # fmt: skip
"""Words that stand in no topic of an office: behind one of them it is somebody else's."""
_TOPIC = 5
"""Most words that say what an office is for, with the state before them."""
_BARE_TOPIC = {"body": 2, "country": 2, "adjective": 1}
"""Most words that say what an office is for behind a body or an adjective, by its kind: "UN human rights chief", but "Russian
troops shot mayor ...". Of the names of states only the Union's stands so ("EU trade chief")."""
_POSSESSIVE = re.compile(r"['’]s?\s(?:[a-z]+\s){0,2}")
_SET_OFF = re.compile(r"\s?,\s|\s\(|\s?[—–-]\s")
_STATE_OF = re.compile(r"^\sof\s(?:the\s)?")
AMERICAN_TITLES = frozenset(
    {
        "sen", "sens", "rep", "reps", "congressman", "congresswoman", "gov", "house", "senate", "republican", "democrat",
        "democratic", "gop", "pentagon", "staff-sgt",
    }
)  # fmt: skip
"""Words of a title that only American offices have, where it names no country."""


@lru_cache(maxsize=1)
def _shortened() -> re.Pattern[str]:
    """What a full stop may stand behind within a title: "Lt. Gen. Ann Lee"; behind any other word it ends the sentence."""
    words = [row["word"].rstrip(".") for row in read_table("abbreviations.tsv") if row["kind"] == "title"]
    return re.compile("|".join((*map(re.escape, words), r"[A-Z]", r"[A-Z].*\..*")))


@dataclass(frozen=True, slots=True)
class Title:
    """An office beside a name: its atom, the country and sector that its words give, the words, whether it is a former one."""

    office: Atom | None
    country: str = ""
    words: str = ""
    former: bool = False
    body: Atom | None = None
    named: bool = False
    """Whether `country` stands in the title itself, so that it goes before what is known of the person."""
    own_sector: str = ""
    """The sector where no office of the tables gives it."""
    owner: int | None = None
    """The token of the "his" or "its" that the title begins with."""

    @property
    def sector(self) -> str:
        """The sector that the office gives: a strong office's own, else that of the body named with it."""
        if self.international:
            return ""
        if self.own_sector:
            return self.own_sector
        weak = self.office is None or "weak" in self.office.entry.flags
        if self.body is not None and self.body.entry.sector and weak:
            return self.body.entry.sector
        return self.office.entry.sector if self.office is not None else ""

    @property
    def international(self) -> bool:
        """Whether the office is one of an international body, whose people have no sector."""
        return self.country in ("UNO", "EUR", "IGO")


class Titles:
    """Finds the titles of one report's names."""

    def __init__(self, text: str, tokens: Sequence[Token], atoms: Sequence[Atom]) -> None:
        self.text, self.tokens, self.atoms = text, tokens, list(atoms)
        self.starts = [t.start for t in tokens]
        self.at = {a.first: a for a in atoms}
        self.until = {a.last: a for a in atoms}

    def before(self, first: int) -> Title | None:
        """The office right before the name that begins at token `first`."""
        i, office, start, budget = first, None, first, 9
        states: list[Atom] = []
        while i > 0 and budget:
            gap = self.text[self.tokens[i - 1].end : self.tokens[i].start]
            if not re.fullmatch(r"[\s,“\"’'s-]{1,4}|\.\s", gap) or "\n" in gap:
                break
            if gap == ". " and not _shortened().fullmatch(self.tokens[i - 1].text):
                break
            atom = self.until.get(i)
            if "," in gap and (office is not None or not self._closed_by(first, atom)):
                break
            if atom is not None and atom.kind == "office":
                office = self._stronger(atom, office)
                i, start = atom.first, atom.first
            elif atom is not None and atom.kind != "person":
                states.append(atom)
                i, start = atom.first, atom.first
            elif office is not None and i == office.first and not states and (whose := self._whose(i)) is not None:
                i = whose
            elif self.tokens[i - 1].norm in MODIFIERS or self.tokens[i - 1].norm in HONORIFICS or self._topic(i - 1):
                i -= 1
            else:
                break
            budget -= 1
        if office is None and (not states or states[0].last != first or states[0].kind == "people"):
            return None
        words = self.text[self.tokens[start].start : office.end] if office else ""
        former = bool(_FORMER.search(self.text[self.tokens[i].start : self.tokens[first].start]))
        title = self._title(office, states[::-1], words, former)
        if not states and office is not None and self.text[office.start : office.end] in ("Representative", "Representatives"):
            return replace(title, country="USA", own_sector="LEG")
        owner = None if title.country else self._owner(i, start)
        return title if owner is None else replace(title, owner=owner)

    def _owner(self, begin: int, start: int) -> int | None:
        """The "his" or "its" right before the office at token `start`, behind token `begin`: "to his elder brother, Raul"."""
        for i in range(start - 1, begin - 1, -1):
            if self.tokens[i].norm in OWNERS:
                return i
            if self.tokens[i].norm in _LINKS:
                return None
        return None

    def _whose(self, i: int) -> int | None:
        """The token behind a state from which only what an office is for stands before token `i`: "the EU's trade and climate
        commissioner", "EU trade chief"; None where something else does."""
        for back in range(i - 1, max(-1, i - 1 - _TOPIC), -1):
            gap = self.text[self.tokens[back].end : self.tokens[back + 1].start]
            owner, token = self.until.get(back + 1), self.tokens[back]
            if back < i - 1 and BELONGS.fullmatch(gap):
                return back + 1 if owner is not None and owner.kind in STATE_KINDS else None
            if owner is not None and gap == " " and 0 < i - 1 - back <= _BARE_TOPIC.get(owner.kind, 0):
                return back + 1 if owner.kind != "country" or owner.entry.country == "EUR" else None
            if gap != " " or token.capital or not token.text.isalpha() or token.norm in VERBS or token.norm in _CLAUSE:
                return None
            if token.norm in _LINKS or owner is not None:
                return None  # "Turkey's decision to arrest mayor …", "Chad's army shot mayor …"
            if token.norm.endswith("ed") and token.norm not in MODIFIERS:
                return None
        return None

    @staticmethod
    def _stronger(new: Atom, old: Atom | None) -> Atom:
        """Of two offices in one title the one that says more ("opposition leader", "police spokesman")."""
        if old is None or ("weak" in old.entry.flags and "weak" not in new.entry.flags and new.entry.form != "document"):
            return new
        return old

    def _title(self, office: Atom | None, states: Sequence[Atom], words: str, former: bool) -> Title:
        """A title whose country is the state before the office, or behind it where that is no post ("ambassador to Libya")."""
        owner = next((s for s in states if office is None or s.first < office.first), None)
        if owner is None:
            owner = next((s for s in states if office is None or not self._posted(office, s)), None)
        body = owner if owner is not None and owner.kind == "body" else None
        return Title(office, owner.entry.country if owner else "", words[:80], former, body, named=owner is not None)

    def _posted(self, office: Atom, state: Atom) -> bool:
        between = self.text[office.end : state.start]
        return "foreign" in office.entry.flags and re.match(r"\s(?:to|for|in|on|at)\b", between) is not None

    def _closed_by(self, first: int, atom: Atom | None) -> bool:
        """Whether a comma between an office and the name is an apposition's ("the spokesman, John Smith, said")."""
        if atom is None or atom.kind == "person":
            return False
        office = atom if atom.kind == "office" else None
        begin = atom.first
        while begin > max(0, first - 9) and "," not in self.text[self.tokens[begin - 1].end : self.tokens[begin].start]:
            begin -= 1
            found = self.at.get(begin)
            if found is not None and found.kind == "office" and (office is None or office.entry.form != "person"):
                office = found
        if office is None or office.entry.form != "person":
            return False
        words = {t.norm for t in self.tokens[begin : office.first]}
        return bool(words & {"the", "a", "an", "its", "his", "her"}) or "’s" in (
            self.text[self.tokens[begin].start : office.start].replace("'", "’")
        )

    def _topic(self, i: int) -> bool:
        """A capitalised word inside a title: "Communications Minister", "Nobel laureate"."""
        token = self.tokens[i]
        if i in self.at or not token.capital or token.norm in HONORIFICS:
            return False
        return i + 1 < len(self.tokens) and self.text[token.end : self.tokens[i + 1].start] in (" ", "-")

    def behind(self, last: int) -> Title | None:
        """The office in ", the Russian foreign minister," behind the name that ends before token `last`."""
        if last > len(self.tokens):
            return None
        begin = self.tokens[last - 1].end
        rest = self.text[begin : begin + 40]
        if _AMERICAN_MEMBER.match(rest):
            return Title(None, "USA", "member of Congress", named=True, own_sector="LEG")
        if _STATE_OF.match(rest) or re.match(r"^\s(?:from|at|with)\s(?:the\s)?[A-Z]", rest):
            return self._member_of(last, begin)
        if last < len(self.tokens) and _RELATIVE.match(rest):
            return self._relative(last, begin)
        if last >= len(self.tokens) or not _SET_OFF.match(rest):
            return None
        return self._apposition(last, begin, self._stop(begin + 2, 140))

    def _stop(self, begin: int, most: int) -> int:
        """Where the words set off at `begin` end: at a mark that is no part of a word such as "U.S."."""
        for match in _STOP.finditer(self.text, begin, min(len(self.text), begin + most)):
            i = bisect_right(self.starts, match.start()) - 1
            if i < 0 or self.tokens[i].end <= match.start():
                return match.start()
        return min(len(self.text), begin + most)

    def _apposition(self, last: int, begin: int, stop: int) -> Title | None:
        inside = [a for a in self.atoms if begin <= a.start and a.end <= stop]
        offices = [a for a in inside if a.kind == "office" and a.first - last <= 9 and a.entry.form != "document"]
        if not offices:
            return None
        office = offices[0]
        listed = office.first == last and office.entry.form == "people"
        if listed or any(t.norm in VERBS for t in self.tokens[last : office.first]):
            return None
        if "weak" in office.entry.flags and len(offices) > 1 and offices[1].first == office.last:
            office = offices[1]
        kin = offices[1] if len(offices) > 1 and "kin" in offices[1].entry.flags else None
        if kin is not None and _POSSESSIVE.fullmatch(self.text, office.end, kin.start):
            office = kin  # ", the president's son,"
        states = [a for a in inside if a.kind in STATE_KINDS and a.first - last <= 12 and not self._told_of(office, a)]
        words = re.sub(r"^(?:the|a|an)\s+", "", self.text[self.tokens[last].start : stop])
        return self._title(office, states, words, bool(_FORMER.search(self.text[begin : office.start])))

    def _told_of(self, office: Atom, state: Atom) -> bool:
        """Whether a state behind an office is in what is told of its holder: "the president whom soldiers flew to Costa Rica"."""
        return any(t.norm in VERBS or t.norm in _CLAUSE for t in self.tokens[office.last : state.first])

    def _relative(self, last: int, begin: int) -> Title | None:
        """"Celso Prado, who negotiates for Brasília", "Mohammed Abdulsalam, who speaks for the rebels"."""
        stop = self._stop(begin + 6, 80)
        if _STUDIES.match(self.text, begin):
            # Only the place of work tells: "who tracks the rebels for a newspaper".
            begin = next((m.start() for m in _WORKS.finditer(self.text, begin, stop)), stop)
        inside = [a for a in self.atoms if begin <= a.start and a.end <= stop]
        office = next((a for a in inside if a.kind == "office" and a.entry.form in ("person", "people", "body")), None)
        states = [a for a in inside if a.kind in STATE_KINDS]
        past = _WAS.match(self.text, begin) is not None and office is not None and office.entry.form == "person"
        return self._title(office, states, "", past) if office or states else None

    def _member_of(self, last: int, begin: int) -> Title | None:
        """"Adam Schiff of California", "Myint Kyaing of the immigration ministry"."""
        match = re.compile(r"[,.;:“\"]|\n|\s(?:said|told|says|and)\b").search(self.text, begin + 3)
        stop = min(match.start() if match else len(self.text), begin + 60)
        inside = [a for a in self.atoms if begin <= a.start and a.end <= stop]
        states = [a for a in inside if a.kind in STATE_KINDS]
        office = next((a for a in inside if a.kind == "office" and a.entry.form in ("body", "person")), None)
        return self._title(office, states, "", False) if office or states else None
