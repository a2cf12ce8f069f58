"""Who copies whom: written reports, what a sketch keeps, and that the order of arrival does not matter."""

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys

import pytest

from communique.compare import copies
from communique.compare.copies import Sketch, from_bytes, judge, origin_of, origins, overtaken, roots, sketch
from communique.compare.credit import credited, is_agency
from communique.compare.shingles import marks, sentences_of
from communique.errors import InputError
from communique.records import Copy, Report

WIRE = (
    "RIGA, March 3 (Reuters) - Latvia closed its last crossing with Belarus to lorries on Monday after border guards found "
    "eleven migrants hidden behind a load of timber, the interior ministry said.",
    "Interior Minister Andris Kalnins said the driver, a Lithuanian of 44, had been paid 9,000 euros in Minsk.",
    "\"We have asked for help from no one for four years, and now we are asking,\" Kalnins told reporters at Paternieki.",
    "Poland offered forty officers and two helicopters. The European Commission said it would look at the request within a week.",
    "Belarus called the closure a hostile step and summoned the Latvian chargé d'affaires, Ilze Ozola.",
    "About 300 lorries were waiting on the other side by evening, in a queue that reached the village of Urbany.",
)
REWORDED = (
    "Lorries can no longer enter Latvia from Belarus: the last crossing was shut to them on Monday, when eleven migrants had "
    "been discovered by border guards behind timber, according to the ministry of the interior.",
    "In Minsk the Lithuanian driver, aged 44, had got 9,000 euros, Interior Minister Andris Kalnins explained.",
    "\"We have asked for help from no one for four years, and now we are asking,\" Kalnins said to journalists in Paternieki.",
    "Two helicopters and forty officers were offered by Poland; within a week, the European Commission wants to examine the "
    "request.",
    "For Belarus the closure is a hostile step. It summoned Ilze Ozola, the chargé d'affaires of Latvia.",
    "In the evening, some 300 lorries stood in a queue on the other side, all the way to Urbany village.",
)
OWN_WORDS = (
    "Drivers lit fires of pallets beside the road at Urbany on Tuesday and asked each other which firm would pay for the fish.",
    "Since Riga shut the gate at Paternieki, a haulier from Vitebsk counted, his colleagues have lost 210 loads, most of them to "
    "the detour through Terespol.",
    "\"We have asked for help from no one for four years, and now we are asking,\" Latvia's minister had said.",
    "Alesya Marozava sells soup there. She wondered why the Latvians had not built a scanner with the money that they were given "
    "in 2023.",
    "A Latvian officer, who would not be named, said that migrants now walk through the bog further south.",
)
LATER = (
    "RIGA, March 31 (Reuters) - Latvia opened a crossing with Belarus to lorries on Monday, four weeks after it was closed, the "
    "interior ministry said.",
    "Interior Minister Andris Kalnins said that a scanner lent by Estonia had been set up in nine days.",
    "\"A border has two jobs, and one of them is to let people through,\" Kalnins told reporters.",
    "The first to pass was a load of peat for a nursery in Jelgava. Poland's officers will stay until June.",
    "Hauliers put their losses at 14 million euros and want the state to pay.",
)


def text(lines: tuple[str, ...]) -> str:
    return "\n\n".join(lines)


def made(key: str, lines: tuple[str, ...], published: str = "2025-03-03", source: str = "") -> Sketch:
    return sketch(Report(text(lines), key, published=published, source=source))


@pytest.fixture(scope="module")
def group() -> dict[str, Sketch]:
    cut = (WIRE[0].split(" - ")[1], *WIRE[1:4])
    curly = tuple(line.replace('"We', "“We").replace('asking,"', "asking,”") for line in WIRE)
    return {
        "wire": made("wire", WIRE, source="Reuters"),
        "cut": made("cut", cut, "2025-03-04"),
        "curly": made("curly", (*curly[1:], "Our reporter in Daugavpils contributed to this."), "2025-03-04"),
        "reworded": made("reworded", REWORDED, "2025-03-04"),
        "own": made("own", OWN_WORDS, "2025-03-04"),
        "later": made("later", LATER, "2025-03-31", "Reuters"),
    }


@pytest.mark.parametrize("name", ["cut", "curly", "reworded"])
def test_cut_and_reworded_copies_are_found_and_say_why(group: dict[str, Sketch], name: str) -> None:
    found = judge(group[name], group["wire"])
    assert found is not None
    assert (found.report, found.origin) == (name, "wire")
    assert found.probability >= copies.THRESHOLD
    assert {f.name for f in found.reasons} >= {"told", "order", "details"}
    assert found == judge(group["wire"], group[name])


@pytest.mark.parametrize("name", ["own", "later"])
def test_own_words_and_another_week_are_no_copies(group: dict[str, Sketch], name: str) -> None:
    assert judge(group[name], group["wire"]) is None
    assert judge(group[name], group["reworded"]) is None


def test_every_copy_shares_a_key_with_its_origin_and_another_week_shares_none(group: dict[str, Sketch]) -> None:
    for name in ("cut", "curly", "reworded"):
        assert set(group[name].near) & set(group["wire"].keys)
        assert set(group["wire"].near) & set(group[name].keys)
    assert not set(group["later"].near) & set(group["wire"].keys)


def test_the_same_text_is_found_at_whatever_distance_and_without_a_date() -> None:
    known = [made("a", WIRE), made("b", WIRE[:5], "2026-01-01"), made("c", WIRE, "")]
    assert {k: c.origin for k, c in origins(known).items()} == {"b": "a", "c": "a"}


def test_origins_do_not_depend_on_the_order_of_arrival(group: dict[str, Sketch]) -> None:
    expected = {"cut": "wire", "curly": "wire", "reworded": "wire"}
    for seed in range(12):
        known = list(group.values())
        random.Random(seed).shuffle(known)
        assert {k: c.origin for k, c in origins(known).items()} == expected
        assert one_by_one(known) == expected


def one_by_one(arriving: list[Sketch]) -> dict[str, str]:
    """As a store does it: the new one's origin, then anew that of those it overtakes."""
    kept: dict[str, Sketch] = {}
    links: dict[str, Copy] = {}

    def candidates(one: Sketch) -> list[Sketch]:
        return [c for c in kept.values() if c.key != one.key and set(one.near) & set(c.keys)]

    for one in arriving:
        kept[one.key] = one
        for changed in (one.key, *(c.report for c in overtaken(one, candidates(one)))):
            if found := origin_of(kept[changed], candidates(kept[changed])):
                links[changed] = found
    return {key: copy.origin for key, copy in links.items()}


def test_roots_follow_copies_of_copies() -> None:
    chain = [Copy("c", "b", 1.0, 1.0), Copy("b", "a", 1.0, 1.0), Copy("e", "d", 1.0, 1.0)]
    assert roots(chain) == {"c": "a", "b": "a", "e": "d"}


def test_an_agency_comes_before_others_of_its_day_and_an_hour_before_a_later_one() -> None:
    wire, paper = made("z", WIRE, source="Reuters"), made("a", WIRE, source="Daily")
    assert (found := judge(wire, paper)) and found.origin == "z"
    early, late = made("y", WIRE, "2025-03-03T08:00:00+02:00"), made("b", WIRE, "2025-03-03T07:00:00+00:00")
    assert (found := judge(early, late)) and found.origin == "y"


def test_a_sketch_comes_back_from_its_bytes(group: dict[str, Sketch]) -> None:
    for s in (*group.values(), sketch(Report("", "empty"))):
        assert from_bytes(s.key, s.to_bytes()) == s
        assert len(s.to_bytes()) < 4_000
        assert all(0 <= key < 2**63 for key in (*s.keys, *s.near))


@pytest.mark.parametrize("data", [b"", b"\xff123"])
def test_bytes_of_another_format_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="has format"):
        from_bytes("a", data)


def test_a_sketch_is_the_same_in_another_process(group: dict[str, Sketch]) -> None:
    """Stored sketches are compared with new ones: a hash that changes with the process or with rensa would part them."""
    code = (
        "import sys; from communique.compare.copies import sketch; from communique.records import Report;"
        "sys.stdout.write(sketch(Report(sys.stdin.read(), 'wire', published='2025-03-03', source='Reuters')).to_bytes().hex())"
    )
    done = subprocess.run([sys.executable, "-c", code], input=text(WIRE), capture_output=True, text=True, timeout=120, check=True)
    assert bytes.fromhex(done.stdout) == group["wire"].to_bytes()
    assert group["wire"].signature[:3] == SIGNATURE, "rensa hashes otherwise: raise copies.FORMAT, and let stores sketch anew"


SIGNATURE = (1143839376, 2637873408, 2270039677)


def test_two_short_notes_are_no_copies_unless_they_are_the_same() -> None:
    one = made("a", ("Latvia closed a crossing with Belarus to lorries on Monday.",))
    assert judge(one, made("b", ("On Monday Latvia closed a crossing with Belarus.",))) is None
    assert judge(one, made("c", ("Latvia closed a crossing with Belarus to lorries on Monday.",)))
    assert judge(one, made("d", ("",))) is None
    assert judge(one, one) is None


def test_what_two_reports_quote_does_not_make_their_own_words_alike(group: dict[str, Sketch]) -> None:
    told = copies.signs(group["own"], group["wire"])
    assert told["quoted"] > 0.3 > told["told"]


def test_marks_leave_out_captions_quotations_and_names_of_countries() -> None:
    first, caption = "Latvia's envoy, Ilze Ozola, left Minsk with 14 cases.", "(Getty Images/File photo: the envoy.)"
    report = Report(text((first, caption, "“I shall be back,” she said.")))
    found = marks(report.text, sentences_of(report))
    assert len(found.sentences) == 1
    assert len(found.details) == 4  # Ilze, Ozola, Minsk, 14
    assert len(found.quoted) == 1


def test_a_text_quoted_whole_is_a_text() -> None:
    whole = "SpaceWar reports: “" + " ".join(WIRE).replace('"', "‘") + "”"
    assert judge(sketch(Report(whole, "page", published="2025-03-04")), made("wire", WIRE))


@pytest.mark.parametrize(
    ("body", "source", "code"),
    [
        ("RIGA, March 3 (Reuters) - Latvia closed a crossing.", "", "REUTERS"),
        ("MOSCOW, March 3. /TASS/. Latvia closed a crossing.", "", "TASS"),
        ("Latvia closed a crossing.\n\n(AFP)", "", "AFP"),
        ("Latvia closed a crossing.\n\n— AFP", "", "AFP"),
        ("Latvia closed a crossing. — PTI", "", "PTI"),
        ("By The Associated Press\n\nLatvia closed a crossing.", "", "AP"),
        ("Latvia closed a crossing.", "The Local Report (AFP copy)", "AFP"),
        ("Latvia closed a crossing, AFP reported.", "", ""),
        ("The Awami Party (AP) won in Sylhet, and nobody was surprised.", "", ""),
        ("Latvia closed a crossing, the minister told Reuters in an interview that lasted for an hour.", "", ""),
        ("", "", ""),
    ],
)
def test_credits_are_read_where_credits_stand(body: str, source: str, code: str) -> None:
    assert credited(Report(body, source=source)) == code


def test_an_agency_is_known_by_its_name_alone() -> None:
    assert is_agency("The Associated Press") and is_agency("AFP")
    assert is_agency("Baltic Wire") and is_agency("Fars News Agency") and not is_agency("The Wire Fox")
    assert not is_agency("Kyiv Post (AFP copy)") and not is_agency("")


def test_a_rival_agency_speaks_against_a_copy(group: dict[str, Sketch]) -> None:
    other = dataclasses.replace(group["reworded"], agency="AFP")
    told = copies.signs(other, group["wire"])
    assert told["rival"] == 1
    assert copies.probability(told) < copies.probability(copies.signs(group["reworded"], group["wire"]))


def test_an_unknown_date_is_refused() -> None:
    with pytest.raises(InputError, match="is not a date"):
        made("a", WIRE, "someday")
