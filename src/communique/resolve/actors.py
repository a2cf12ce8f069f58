"""The actor index: what the package knows of states, bodies, offices and officials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from communique.errors import DataError
from communique.resolve.lexicon import HEADS, Entry, Lexicon, key_of, office_key, on_date
from communique.resolve.own import stamp_of
from communique.settings import own_actors

_ALSO = {
    "foreign minister": "foreign secretary", "foreign secretary": "foreign minister",
    "defense minister": "defense secretary", "defense secretary": "defense minister",
}  # fmt: skip
"""What an office is called in other countries, as reports write of them."""

_MANY = frozenset(
    {
        "admiral", "ambassador", "artist", "commander", "commissioner", "deputy foreign minister", "deputy spokesman", "envoy",
        "general", "governor", "judge", "lawmaker", "mayor", "minister of state", "presidential candidate", "presidential envoy",
        "prince", "prosecutor", "representative", "senator", "senior official", "son", "special coordinator", "special envoy",
        "special rapporteur", "spokesman", "state councilor", "uncle", "under-secretary-general", "vice foreign minister",
    }
)  # fmt: skip
"""Offices, as `office_key` writes them, that a state has several of at a time, whether or not the tables list but one of them."""


class ActorIndex:
    """Looks actors up by name and date. Make one with `ActorIndex.load`; it is read-only and shared."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    @classmethod
    def load(cls, actors: str | Path | None = None) -> ActorIndex:
        """The tables inside the package, and beside them the user's own: at `actors`, else where `own_actors` finds it.

        "" reads no own table. Raises `DataError` where `actors` is given and is not there, or holds a row that cannot be read.
        """
        own = own_actors(actors)
        stamp = stamp_of(own) if own is not None else 0
        if own is not None and not stamp:
            if actors is not None:
                raise DataError(f"{own}: does not exist (communique actors import FILE --out TABLE writes one)")
            own = None
        return cls(Lexicon.load(own, stamp) if own is not None else Lexicon.load())

    def person(self, name: str, day: str = "") -> Entry | None:
        """The official of that full name, in the office that he or she holds on `day`."""
        entries = self.lexicon.person(key_of(name))
        return on_date(entries, day) if entries else None

    def holder(self, office: str, country: str, day: str) -> Entry | None:
        """Who holds that office of that country on `day`; None where the tables know nobody, or several, or where a state has
        several such offices."""
        key = office_key(office)
        if not day or key in _MANY:
            return None
        named = (*self.lexicon.holders.get(key, ()), *self.lexicon.holders.get(_ALSO.get(key, ""), ()))
        entries = [e for e in named if e.country == country and e.since and e.holds(day)]
        entries = [e for e in entries if e.own] or entries
        return entries[0] if entries and len({key_of(e.name).split()[-1] for e in entries}) == 1 else None

    def leader(self, country: str, day: str) -> Entry | None:
        """Who leads that country on `day`, whatever the office is called; None where the tables know nobody, or several."""
        heads = ["Supreme Leader", "Leader", "Prime Minister", "Chancellor", "Taoiseach", "President", "Emir", "King"]
        if country in self.lexicon.led_by_president:
            heads = ["President", *heads]
        if country in ("SAU", "JOR", "MAR", "BHR", "OMN", "BRN", "SWZ"):
            heads = ["King", "Sultan", *heads]
        return next((found for office in heads if (found := self.holder(office, country, day))), None)

    def held_by_others(self, office: str, name: str, day: str) -> frozenset[str]:
        """The countries where that office is known to be somebody else's on `day`, so that it is not `name`'s there."""
        key, surname = office_key(office), name.split()[-1]
        kept = next((h for h in HEADS if key == h.lower() or key.endswith(" " + h.lower())), "")
        entries = self.lexicon.holders.get(kept.lower() if kept else key, [])
        others = {e.country for e in entries if e.holds(day) and e.name.split()[-1] != surname}
        return frozenset(others | ({"USA"} if kept and kept != "President" else set()))

    def body_key(self, name: str, country: str) -> str:
        """What a name is known by, whichever of a body's names it is: "FARC" and its name in full are one."""
        key = key_of(name)
        found = next((e for e in self.lexicon.names.get(key, ()) if e.kind == "body" and e.country == country), None)
        return key_of(found.name) if found is not None else key

    def surname(self, name: str, day: str = "") -> Entry | None:
        """The prominent official that a bare surname means on `day`; None where several could be meant."""
        return self.surname_and_why(name, day)[0]

    def surname_and_why(self, name: str, day: str = "") -> tuple[Entry | None, str]:
        """`surname`, and what decided."""
        return self.surname_of(self.lexicon.surnames.get(key_of(name), []), day)

    @staticmethod
    def surname_of(entries: Sequence[Entry], day: str) -> tuple[Entry | None, str]:
        """Whom of `entries`, who share a surname, it means on `day`, and what decided."""
        holding = [e for e in entries if e.holds(day)] if day else entries
        heads = [e for e in holding if e.office in HEADS]
        for some, why in (
            (heads, "the only head of state or government of that surname on the date"),
            (holding, "the only one of that surname in office on the date"),
            (entries, "the only one of that surname"),
        ):
            if len({(key_of(e.name), e.country) for e in some}) == 1:
                return on_date(some, day), why
            if some is heads and len({e.country for e in heads}) == 1:
                return on_date(heads, day), "the head of state or government of that surname on the date"
        if holding and day and len({e.country for e in holding}) == 1:
            return on_date(holding, day), "the last to take office of those who held one on the date, all of one country"
        people = {(key_of(e.name).split()[-1], e.country) for e in entries}
        if len(people) == 1:
            return on_date(entries, day), "all of that surname are of one country"
        return None, "several of that surname could be meant" if entries else "no prominent official has that surname"
