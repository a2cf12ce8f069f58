"""The actor index: what the package knows of states, bodies, offices and officials."""

from __future__ import annotations

from communique.resolve.lexicon import Entry, Lexicon, key_of, on_date


class ActorIndex:
    """Looks actors up by name and date. Make one with `ActorIndex.load`; it is read-only and shared."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    @classmethod
    def load(cls) -> ActorIndex:
        """The tables inside the package."""
        return cls(Lexicon.load())

    def person(self, name: str, day: str = "") -> Entry | None:
        """The official of that full name, in the office that he or she holds on `day`."""
        entries = self.lexicon.person(key_of(name))
        return on_date(entries, day) if entries else None

    def holder(self, office: str, country: str, day: str) -> Entry | None:
        """Who holds that office of that country on `day`; None where the tables know nobody, or several."""
        if not day:
            return None
        entries = [e for e in self.lexicon.holders.get(office.lower(), ()) if e.country == country and e.since and e.holds(day)]
        return entries[0] if entries and len({key_of(e.name).split()[-1] for e in entries}) == 1 else None

    def held_by_others(self, office: str, name: str, day: str) -> frozenset[str]:
        """The countries where that office is known to be somebody else's on `day`, so that it is not `name`'s there."""
        key, surname = office.lower(), name.split()[-1]
        kept = next((h for h in HEADS if key == h.lower() or key.endswith(" " + h.lower())), "")
        entries = self.lexicon.holders.get(kept.lower() if kept else key, [])
        others = {e.country for e in entries if e.holds(day) and e.name.split()[-1] != surname}
        return frozenset(others | ({"USA"} if kept and kept != "President" else set()))

    def surname(self, name: str, day: str = "") -> Entry | None:
        """The prominent official that a bare surname means on `day`; None where several could be meant."""
        entries = self.lexicon.surnames.get(key_of(name), [])
        holding = [e for e in entries if e.holds(day)] if day else entries
        heads = [e for e in holding if e.office in HEADS]
        for some in (heads, holding, entries):
            if len({(key_of(e.name), e.country) for e in some}) == 1:
                return on_date(some, day)
        if holding and day and len({e.country for e in holding}) == 1:
            return on_date(holding, day)
        people = {(key_of(e.name).split()[-1], e.country) for e in entries}
        return on_date(entries, day) if len(people) == 1 else None


HEADS = frozenset({"President", "Prime Minister", "Chancellor", "King", "Leader", "Supreme Leader", "Premier"})
"""Offices whose holder a bare surname means before any other's."""
