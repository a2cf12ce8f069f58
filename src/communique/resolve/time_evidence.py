"""What speaks for a date: the words of an event's sentence, its speaker, its other tellings, the report's day.

`candidates` lists the dates that an event of a `Scene` may have, each with its pieces of evidence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from communique.resolve.dates import WHEN, days_of, shifted, when
from communique.resolve.time_expressions import TimeExpression, in_direction
from communique.resolve.time_scene import Scene, meet
from communique.resolve.time_words import EDGE, counted_from, due, joined, link, names_next, ordered, planned, since, to_come

NOW = ("perfect", "present", "ongoing", "recent")
"""Tenses in which a report tells what goes on in its own month."""
Candidates = dict[str, list[str]]
"""Dates, each with the names of its evidence; the first one names the rule."""

SPEECH = frozenset({"ACCUSE", "SUPPORT", "REQUEST", "REJECT", "THREATEN", "AGREE", "CONCEDE"})
"""Types whose deed is mostly the saying itself."""

_HABIT = re.compile(
    r"\b(?:regularly|often|repeatedly|always|long|frequently|never|consistently|routinely|daily|so\s+far"
    r"|for\s+(?:years|months|weeks|decades)|(?:years|months|decades)\s+of)\b",
    re.IGNORECASE,
)
_ONCE = re.compile(r"\b(?:earlier|later|also|previously|recently|then|now|still|already|just)\b", re.IGNORECASE)
_TELLINGS = 3
"""Dates of other tellings of an event, of one likeness and on one side of it, that are offered."""
_SOON = 120
"""Days within which a month named behind an infinitive may be the coming one. Chosen by hand."""
_DIRECTIONS = ("same", "later", "earlier")
"""Where a counted date lies from what it counts from, by the sign of the distance."""
_CUE_PAST = re.compile(r"\b(?:has|have|had|once|repeatedly|previously)\s")


def _bin(value: float, edges: Sequence[float]) -> int:
    return bisect_right(edges, value)


def precision(date: str) -> str:
    return {10: "day", 7: "month"}.get(len(date), "year")


def _add(options: Candidates, date: str, rule: str, kind: str, coarser: bool = True) -> None:
    """Puts evidence for a date, and weaker evidence for the month and year that hold it."""
    if not date:
        return
    for width, mark in ((10, ""), (7, "~m"), (4, "~y")):
        if len(date) >= width and (coarser or width == len(date)):
            step = "" if width == len(date) else mark
            row = options.setdefault(date[:width], [])
            row.append(f"{rule}:{step}{kind}")


def _readings(scene: Scene, i: int, expression: TimeExpression) -> Iterator[tuple[str, list[str]]]:
    """The dates that words may name for an event, each with what speaks for reading them so (nothing where no choice is)."""
    event = scene.events[i]
    if expression.date == expression.ahead:
        yield expression.date, []
        return
    if ordered(scene.text, scene.sentences[event.sentence][0], expression):
        yield expression.ahead, []
        return
    ahead = planned(scene.text, scene.sentences[event.sentence][0], expression)
    open_ = event.status in ("future", "hypothetical") or ahead or scene.tenses[i].split("/")[0] in ("modal", "to")
    near = not open_ and _soon(scene, expression)
    if near:
        yield expression.date, [f"past-{near}"]
        yield expression.ahead, [f"ahead-{near}"]
        return
    if event.status != "future" or not ahead:
        yield expression.date, [f"past-{event.status}-{ahead}"] if open_ else []
    if open_:
        yield expression.ahead, [f"ahead-{event.status}-{ahead}"]


def _soon(scene: Scene, expression: TimeExpression) -> str:
    """Why words told as past may yet name a day ahead, "" where nothing speaks for it: "Saturday" in a report of Friday may have
    dawned elsewhere, and "to visit in early February", of January, is no visit of the year before."""
    days = days_of(expression.ahead)
    if scene.published is None or days is None:
        return ""
    away = (days[0] - scene.published).days
    if expression.kind == "weekday" and away == 1:
        return "eve"
    near = expression.kind in ("month", "day") and away <= _SOON
    return "to" if near and to_come(scene.text, scene.sentences[scene.place(expression.start)][0], expression) else ""


def _words(scene: Scene, i: int, options: Candidates) -> None:
    event, text = scene.events[i], scene.text
    start = scene.sentences[event.sentence][0]
    alone = len([1 for _, _, e in scene.own[i] if e.date]) == 1
    triggers = [e.start for j, e in enumerate(scene.events) if j != i and e.sentence == event.sentence]
    for rank, (value, lead, found) in enumerate(scene.own[i][:4]):
        if due(text, start, found) and any(event.end <= at < found.start for at in triggers):
            continue  # the day on which something is due is no day of who demands it
        away, first = _bin(value, (15, 40, 80, 130)), _bin(lead, (25,))
        opening = "f" if found.start - start < 10 else ""
        kinds = [
            f"{away}{_bin(lead, (1, 25, 60))}{'+' if rank else ''}", f"{found.kind}{first}", f"{event.status}{first}",
            f"{'after' if found.start >= event.end else 'before'}{_bin(value, (15, 80))}",
            f"{link(text, start, found)}{first}{opening}",
        ]  # fmt: skip
        kinds += [f"since{first}"] * since(text, found) + [f"noun{first}"] * found.attached
        kinds += [f"next-{event.status}"] * names_next(text, found)
        kinds += [f"tight{found.kind}"] * (lead == 0 and joined(text, found, (event.start, event.end)))
        kinds += [f"only{_bin(lead, (1, 60))}"] * alone
        for date, reading in _readings(scene, i, found):
            for kind in (*kinds, *reading):
                _add(options, date, "words", kind)


def _counted(scene: Scene, i: int, options: Candidates) -> None:
    """Words that count from another event, or from the report's day: "a day after the attack", "a week earlier"."""
    for value, lead, expression in scene.own[i][:3]:
        if expression.shift is None or lead > 25 or value > 100:
            continue
        way, unit, _, most = expression.shift
        for name, anchor in _anchors(scene, i, expression):
            kind = f"{way}-{unit}" if name == "event" else f"{_DIRECTIONS[(most > 0) - (most < 0)]}-{unit}-{name}"
            _add(options, shifted(anchor, expression.shift), "count", kind)
    _counted_back(scene, i, options)


def _anchors(scene: Scene, i: int, expression: TimeExpression) -> Iterator[tuple[str, str]]:
    """What an expression may count from, by name: the event before it or behind it, the last day named, the report's days."""
    n = scene.events[i].sentence
    if expression.shift is not None and expression.shift[0] == "next":
        after = [j for j, e in enumerate(scene.events) if e.sentence == n and e.start >= expression.end]
        yield "event", scene.known[min(after, key=lambda j: scene.events[j].start)].date if after else ""
        return
    earlier = [j for j, e in enumerate(scene.events) if j != i and e.start < expression.start and e.sentence >= n - 1]
    before = [j for j in earlier if scene.known[j].date]
    yield "event", scene.known[max(before, key=lambda j: scene.events[j].start)].date if before else ""
    rows = [e.date for m in (n, n - 1) if m >= 0 for e in reversed(scene.expressions[m]) if e.date and e.start < expression.start]
    yield "named", rows[0] if rows else ""
    yield "day", scene.day
    if scene.published and expression.shift is not None and expression.shift[2] < 0:
        yield "published", scene.published.isoformat()


def _counted_back(scene: Scene, i: int, options: Candidates) -> None:
    """The event that another's day is counted from: "the raid came two days after the [talks]", "a week after they [met]"."""
    event = scene.events[i]
    for expression in scene.expressions[event.sentence]:
        if expression.shift is None or expression.shift[0] != "next":
            continue
        here = [j for j, e in enumerate(scene.events) if e.sentence == event.sentence]
        spans = [(scene.events[j].start, scene.events[j].end) for j in here]
        if here.index(i) not in counted_from(scene.text, expression, spans):
            continue
        before = [j for j in here if scene.events[j].start < expression.start and scene.known[j].date]
        anchor = scene.known[max(before, key=lambda j: scene.events[j].start)].date if before else ""
        _, unit, low, high = expression.shift
        back = ("back", unit, -high, -low)
        _add(options, shifted(anchor, back), "count", f"back-{unit}", coarser=False)
        if scene.published is None:
            continue
        # "The latest word comes two days before they meet": counted from the day of publication, or from the report's.
        with_ = "" if shifted(anchor, back) else "alone"
        _add(options, shifted(scene.published.isoformat(), back), "count", f"back-{unit}-published{with_}", coarser=False)
        _add(options, shifted(scene.day, back), "count", f"back-{unit}-day{with_}", coarser=False)


def _same_events(scene: Scene, i: int, options: Candidates) -> None:
    """The same event where other sentences tell it, by likeness: the nearest telling each way, then those with another date."""
    event = scene.events[i]
    seen: dict[tuple[str, str], list[str]] = {}
    order = sorted(range(len(scene.events)), key=lambda j: abs(scene.events[j].start - event.start))
    for j in order:
        other, date = scene.events[j], scene.known[j].date
        if i == j or not date:
            continue
        words = bool(scene.heads[i] & scene.heads[j])
        if other.type != event.type and not words:
            continue
        shared = (other.type == event.type, words, meet(event.actors, other.actors), meet(event.recipients, other.recipients))
        likeness = "".join(mark for mark, true in zip("twar", shared, strict=True) if true)
        way = "here" if other.sentence == event.sentence else "back" if other.start < event.start else "on"
        told = seen.setdefault((likeness, way), [])
        if likeness == "t" or date in told or len(told) >= _TELLINGS:
            continue
        told.append(date)
        if len(told) > 1:
            _add(options, date, "event", f"other-{likeness}-{way}")
            continue
        _add(options, date, "event", f"{likeness}-{way}{_sure(scene, j)}")
        away = _bin(abs(other.sentence - event.sentence), (2, 5, 12))
        _add(options, date, "event", f"{way}{away}{'p' if event.type in SPEECH else ''}")
        if sum(map(len, seen.values())) < 3:
            _add(options, date, "event", event.type)
    votes = Counter(
        scene.known[j].date for j in order
        if j != i and scene.known[j].date and scene.events[j].type == event.type and scene.heads[i] & scene.heads[j]
    )  # fmt: skip
    if votes:
        date, most = votes.most_common(1)[0]
        _add(options, date, "event", f"most{min(most, 3)}{'only' if len(votes) == 1 else ''}")


def _sure(scene: Scene, j: int) -> str:
    """How an event came by its date: "w" by words of its own, "n" by such as are in its name ("the 2015 deal"), "" otherwise."""
    if scene.known[j].how != "words":
        return ""
    return "n" if scene.own[j] and scene.own[j][0][2].attached else "w"


def _speech(scene: Scene, i: int, options: Candidates) -> None:
    """The day on which the event's statement was made."""
    event = scene.events[i]
    for k, cue in enumerate(scene.cues):
        date, how = scene.spoken[k]
        inside = any(s <= event.start and event.end <= e for s, e in cue.content)
        at = cue.start < event.end and event.start < cue.end
        if not date or not (inside or at):
            continue
        own = "self" if at or meet(event.actors, (cue.speaker,)) else "other"
        rule = "speaker" if event.type in SPEECH else "around"
        _add(options, date, rule, f"{'at' if at else 'in'}-{own}-{how}")
        if own == "self":
            _add(options, date, rule, f"{event.type}-{scene.tenses[i].split('/')[0]}")
            earlier = bool(_CUE_PAST.search(scene.text[max(0, cue.start - 12) : cue.end].lower()))
            _add(options, date, rule, f"{how}-{earlier}-{scene.text[cue.start : cue.end].split(' ')[0].lower()[-2:]}")
        break


def _around(scene: Scene, i: int, options: Candidates) -> None:
    """The same actor's nearest dated deeds, in this sentence and before; the words of the sentence before."""
    event = scene.events[i]
    kind = "p" if event.type in SPEECH else "d"
    for way, low, high in (("here", 0, 0), ("back", 1, 8)):
        near = [
            j for j, e in enumerate(scene.events)
            if j != i and scene.known[j].date and low <= event.sentence - e.sentence <= high and meet(e.actors, event.actors)
            and e.status in ("actual", "claimed")
        ]  # fmt: skip
        if near:
            j = min(near, key=lambda j: abs(scene.events[j].start - event.start))
            other = scene.events[j]
            edge = ""
            if way == "here":
                between = scene.text[min(event.end, other.end) : max(event.start, other.start)]
                edge = "e" if EDGE.search(between) else ""
            like = "p" if other.type in SPEECH else "d"
            away = _bin(event.sentence - other.sentence, (1, 2, 4))
            _add(options, scene.known[j].date, "actor", f"{way}{kind}{like}{edge}{away}")
    if event.sentence:
        for expression in [e for e in scene.expressions[event.sentence - 1] if not e.attached][-1:]:
            _add(options, in_direction(expression, event.status == "future").date, "before", f"{kind}{bool(scene.own[i])}")


def _beside(scene: Scene, i: int, options: Candidates) -> None:
    """The nearest dated events of this sentence and of the ones before and after it, whoever their parties are."""
    event = scene.events[i]
    kind = "p" if event.type in SPEECH else "d"
    for way, step in (("s", 0), ("b", 1), ("n", -1)):
        near = [j for j, e in enumerate(scene.events) if j != i and scene.known[j].date and event.sentence - e.sentence == step]
        if not near:
            continue
        j = min(near, key=lambda j: abs(scene.events[j].start - event.start))
        other, edge = scene.events[j], ""
        if way == "s":
            between = scene.text[min(event.end, other.end) : max(event.start, other.start)]
            edge = f"{'e' if EDGE.search(between) else ''}{'<' if other.start < event.start else '>'}"
        like, same = "p" if other.type in SPEECH else "d", "=" if other.status == event.status else "/"
        _add(options, scene.known[j].date, "beside", f"{way}{kind}{like}{edge}{same}")


def _report(scene: Scene, i: int, options: Candidates) -> None:
    """The report's day, else that of publication for what the model takes for its news; the month of what goes on."""
    event = scene.events[i]
    kind = "p" if event.type in SPEECH else "d"
    words = min(2, len([e for _, _, e in scene.own[i] if e.date]))
    if scene.day:
        _add(options, scene.day, "day", f"{kind}{words}")
        _add(options, scene.day, "day", f"{event.type}")
        _add(options, scene.day, "day", f"{event.status}-{_bin(event.sentence, (3, 6, 12))}")
    elif scene.published:
        today = scene.published.isoformat()
        if event.when and max(event.when) == event.when[WHEN.index("day")]:
            _add(options, today, "published", f"{kind}{words}", coarser=False)
        if scene.tenses[i].split("/")[0] in NOW:
            _add(options, today[:7], "now", f"{kind}{words}", coarser=False)


def candidates(scene: Scene, i: int) -> Candidates:
    """The dates that event `i` may have, each with its evidence."""
    event = scene.events[i]
    options: Candidates = {}
    if event.status == "hypothetical" and not event.when:
        return options
    # What is only feared or wished has no day but one that its own words give ("would invade in February").
    everything = (_words, _counted, _same_events, _speech, _around, _beside, _report)
    for collect in (_words,) if event.status == "hypothetical" else everything:
        collect(scene, i, options)
    if i not in scene.traits:
        scene.traits[i] = _traits(scene, i)
    traits = [*scene.traits[i], *_company(scene, i)]
    for date, evidence in options.items():
        size = precision(date)
        evidence.extend(f"{size}|{trait}" for trait in traits)
        rules = {e.split(":")[0] for e in evidence if ":" in e and "|" not in e and not e.split(":")[1].startswith("~")}
        evidence.extend(f"{size}&{rule}" for rule in sorted(rules))
        more = (event.type, event.status, scene.tenses[i])
        evidence.extend(f"{size}&{rule}&{trait}" for rule in sorted(rules) for trait in more)
        if scene.published:
            stamp = scene.published.isoformat()
            evidence.append(f"{size}=" + ("now" if date == stamp[: len(date)] else "year" if date[:4] == stamp[:4] else "past"))
            # "@day" is the day of publication, "day" any date as precise as a day.
            away = f"@{when(date, scene.published)}"
            evidence.append(away)
            evidence.extend(f"{away}|{trait}" for trait in more)
            evidence.extend(f"{away}&{rule}" for rule in sorted(rules))
    return {date: list(dict.fromkeys(evidence)) for date, evidence in options.items()}


def _traits(scene: Scene, i: int) -> list[str]:
    """What about an event makes dates of a given size likely, whatever the evidence."""
    event = scene.events[i]
    start, end = scene.sentences[event.sentence]
    near = scene.text[max(start, event.start - 45) : min(end, event.end + 45)]
    tense, ending = scene.tenses[i].split("/")
    told = bool(scene.own[i])
    inside = any(s <= event.start and event.end <= e for c in scene.cues for s, e in c.content)
    traits = [
        "", event.type, f"{event.type}-{event.status}", event.status, f"tense-{tense}", f"end-{ending}",
        f"{'p' if event.type in SPEECH else 'd'}-{tense}-{ending}", f"at{_bin(event.sentence, (2, 5, 10, 20))}",
        f"words{told}", f"inside{inside}-{event.type in SPEECH}", f"day{bool(scene.day)}",
    ]  # fmt: skip
    traits += ["habit"] * bool(_HABIT.search(near))
    traits += [f"once-{m.group().lower()}" for m in list(_ONCE.finditer(near))[:2]]
    return traits


def _company(scene: Scene, i: int) -> Iterator[str]:
    """How many of the events beside one, and of the report's, have a date so far: it changes from round to round."""
    event = scene.events[i]
    dated = [(e.sentence == event.sentence, bool(scene.known[j].date)) for j, e in enumerate(scene.events) if j != i]
    here = [known for near, known in dated if near]
    yield f"nb{min(2, len(here))}-{_bin(sum(here) / max(1, len(here)), (0.01, 0.5, 1))}"
    yield f"dens{_bin(sum(known for _, known in dated) / max(1, len(dated)), (0.3, 0.5, 0.7))}"
