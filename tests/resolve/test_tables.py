"""The tables of actors: they parse, know their codes, and do not contradict themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict

import pytest

from communique.resolve.lexicon import Lexicon, key_of
from communique.resolve.salience import TURNED, weights
from communique.settings import data_path, read_table

COLUMNS = {
    "countries": "code name other adjective people capital seat",
    "bodies": "name country sector other",
    "places": "country places",
    "peoples": "words countries sector",
    "offices": "words sector kind flags",
    "people": "key name country sector office since until source",
    "anaphora": "words sectors countries",
    "deeds": "sector words",
    "words": "class words",
    "female_names": "name",
    "male_names": "name",
    "organisations": "heads with sector",
    "successors": "code until successor",
    "codes": "code wikidata ftm",
    "office_names": "office words",
    "reliability": "rule right of probability",
    "sets": "words members",
}
SECTORS = {
    "GOV", "MIL", "LEG", "JUD", "SPY", "COP", "PTY", "OPP", "REB", "PRM", "UAF", "BUS", "JRN", "CVL", "EDU", "MED", "LAB", "AGR",
    "REL", "REF", "ELI", "CRM", "SOC", "PRE", "UNK", "",
}  # fmt: skip
WORLD = {"UNO", "EUR", "IGO", "NGO", "MNC", "IMG", "ISM", ""}
KINDS = {"person", "people", "body", "document", "place", "set", "west"}


def codes() -> set[str]:
    return {row["code"] for row in read_table("actors/countries.tsv")} | WORLD


def lines(name: str) -> list[str]:
    text = data_path("actors", f"{name}.tsv").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_every_row_has_the_tables_columns(name: str) -> None:
    columns = COLUMNS[name].split()
    rows = lines(name)
    assert rows[0].split("\t") == columns
    assert not [row for row in rows[1:] if row.count("\t") != len(columns) - 1]


@pytest.mark.parametrize(
    ("name", "column"), [("bodies", "country"), ("places", "country"), ("people", "country"), ("peoples", "countries"),
                         ("successors", "code"), ("successors", "successor")]
)  # fmt: skip
def test_every_country_code_is_known(name: str, column: str) -> None:
    used = {code for row in read_table(f"actors/{name}.tsv") for code in (row[column] or "").split(";")}
    assert used <= codes()


@pytest.mark.parametrize("name", ["bodies", "people", "peoples", "offices", "deeds", "organisations"])
def test_every_sector_is_known(name: str) -> None:
    assert {row["sector"] or "" for row in read_table(f"actors/{name}.tsv")} <= SECTORS


def test_a_first_name_of_men_is_none_of_women() -> None:
    men, women = ({row["name"] for row in read_table(f"actors/{name}.tsv")} for name in ("male_names", "female_names"))
    assert not men & women


def test_what_other_sources_call_a_country_is_told_once() -> None:
    rows = read_table("actors/codes.tsv")
    assert {row["code"] for row in rows} <= codes()
    for column in ("wikidata", "ftm"):
        used = [name for row in rows for name in (row[column] or "").split(";") if name]
        twice = {name for name in used if used.count(name) > 1}
        assert not twice and len(used) > 190


def test_offices_have_a_known_kind() -> None:
    assert {row["kind"] for row in read_table("actors/offices.tsv")} == KINDS


def test_no_office_is_listed_twice() -> None:
    words = [w for row in read_table("actors/offices.tsv") for w in row["words"].split(";") if w]
    assert sorted(words) and len(read_table("actors/offices.tsv")) > 50
    twice = {w for w in words if words.count(w) > 1}
    assert len(twice) == 0


def test_what_anaphora_names_is_an_office() -> None:
    known = {key_of(w) for row in read_table("actors/offices.tsv") for w in row["words"].split(";")}
    used = {key_of(w) for row in read_table("actors/anaphora.tsv") for w in row["words"].split(";")}
    assert used <= known


def test_dates_are_days_in_order() -> None:
    day = re.compile(r"\d{4}-\d\d-\d\d")
    for row in read_table("actors/people.tsv"):
        for value in (row["since"], row["until"]):
            assert not value or day.fullmatch(value), row
        assert not (row["since"] and row["until"] and row["since"] > row["until"]), row


def test_one_persons_terms_in_one_office_do_not_overlap() -> None:
    terms: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in read_table("actors/people.tsv"):
        if row["source"] == "prominent":
            terms[row["name"], row["country"], row["office"]].append((row["since"], row["until"] or "9999"))
    wrong = [key for key, spans in terms.items() for a, b in zip(sorted(spans), sorted(spans)[1:], strict=False) if a[1] > b[0]]
    assert not wrong


ONE_HOLDER = {
    "Foreign Minister": "foreign", "Foreign Secretary": "foreign", "Defense Minister": "defense", "Defence Minister": "defense",
    "Defence Secretary": "defense", "Defense Secretary": "defense", "President": "president", "Prime Minister": "prime minister",
    "Chancellor": "chancellor", "Secretary of State": "state", "Secretary of Defense": "pentagon",
    "Treasury Secretary": "treasury",
}  # fmt: skip
"""Offices that one person holds at a time, by what they are called."""
DISPUTED = {("CIV", "president"), ("GMB", "president")}
"""Two presidents at once, after an election that the loser did not accept."""


def test_one_office_has_one_holder_at_a_time() -> None:
    terms: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for row in read_table("actors/people.tsv"):
        office = row["office"] if row["office"].startswith("Ambassador to ") else ONE_HOLDER.get(row["office"])
        if row["source"] == "prominent" and office and (row["country"], office) not in DISPUTED:
            terms[row["country"], office].append((row["since"], row["until"] or "9999", row["name"]))
    wrong = [
        (key, one, two)
        for key, spans in terms.items() for n, one in enumerate(sorted(spans)) for two in sorted(spans)[n + 1 :]
        if two[0] < one[1] and not same_person(one[2], two[2])
    ]  # fmt: skip
    assert not wrong and len(terms) > 430


def same_person(one: str, two: str) -> bool:
    """Whether two names are spellings of one: Lukashenko and Lukashenka, William Lai and Lai Ching-te."""
    a, b = key_of(one).split(), key_of(two).split()
    return bool(set(a) & set(b)) or a[-1][:6] == b[-1][:6]


AT_THE_UN = "Ambassador to the United Nations"


@pytest.mark.parametrize("office", ["Foreign Minister", "Defense Minister", "President", "Prime Minister", AT_THE_UN])
def test_many_states_have_holders_with_dates(office: str) -> None:
    rows = [r for r in read_table("actors/people.tsv") if r["office"] == office and r["source"] == "prominent"]
    least = {"Foreign Minister": 100, "Defense Minister": 85, "President": 100, "Prime Minister": 50, AT_THE_UN: 45}
    assert len({r["country"] for r in rows}) >= least[office] and not [r for r in rows if not r["since"] and not r["until"]]


@pytest.mark.parametrize(
    ("code", "office", "day", "name"),
    [
        ("USA", AT_THE_UN, "2000-03-01", "Richard Holbrooke"), ("RUS", AT_THE_UN, "2003-03-17", "Sergei Lavrov"),
        ("UKR", AT_THE_UN, "2022-02-24", "Sergiy Kyslytsya"), ("PRK", AT_THE_UN, "2010-05-01", "Sin Son Ho"),
        ("USA", "Ambassador to Ukraine", "2014-02-06", "Geoffrey Pyatt"),
        ("USA", "Ambassador to Iraq", "2008-06-01", "Ryan Crocker"),
        ("SAU", "Ambassador to the United States", "2001-09-11", "Bandar bin Sultan"),
        ("BLR", "Defense Minister", "2022-02-10", "Viktor Khrenin"), ("EST", "Defense Minister", "2024-04-10", "Hanno Pevkur"),
        ("COL", "Defense Minister", "2008-03-01", "Juan Manuel Santos"),
        ("NER", "Defense Minister", "2024-01-28", "Salifou Mody"),
    ],
)  # fmt: skip
def test_who_held_an_office_on_a_day(code: str, office: str, day: str, name: str) -> None:
    held = {
        r["name"] for r in read_table("actors/people.tsv")
        if (r["country"], r["office"], r["source"]) == (code, office, "prominent") and r["since"] <= day <= (r["until"] or "9999")
    }  # fmt: skip
    assert name in held and len(held) <= 2


def test_the_members_of_a_set_are_states() -> None:
    rows = read_table("actors/sets.tsv")
    assert {code for row in rows for code in row["members"].split()} <= codes() - WORLD
    words = [w.lower() for row in rows for w in row["words"].split(";")]
    assert len(words) == len(set(words))


def test_the_prominent_come_first() -> None:
    sources = [row["source"] for row in read_table("actors/people.tsv")]
    assert sources.index("factbook") == sources.count("prominent")


def test_weights_name_features_that_exist() -> None:
    kinds = weights()
    assert {"office", "thing", "he", "speaker", "it", "regime"} <= set(kinds)
    features = {name for table in kinds.values() for name in table}
    assert {f"{name}_r" for name in TURNED} <= features


def test_a_name_is_one_body_s_of_its_country() -> None:
    used: Counter[tuple[str, str]] = Counter()
    for row in read_table("actors/bodies.tsv"):
        used.update((name, row["country"]) for name in [row["name"], *(row["other"] or "").split(";")] if name)
    assert [name for name, times in used.items() if times > 1] == []


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("CNN", "CNN"), ("The New York Times", "The New York Times"), ("Stanford University", "Stanford University"),
        ("MI5", "MI5"), ("IAEA", "International Atomic Energy Agency"), ("DUP", "Democratic Unionist Party"),
        ("Quds Force", "Quds Force"),
        ("Lebanese Forces", "Lebanese Forces"), ("Liberal Democrats", "Liberal Democrats"), ("Novaya Gazeta", "Novaya Gazeta"),
    ],
)  # fmt: skip
def test_a_body_goes_by_its_own_name(words: str, name: str) -> None:
    assert {entry.name for entry in Lexicon.load().names[key_of(words)]} == {name}


def test_there_are_many_bodies_and_places() -> None:
    sectors = [row["sector"] for row in read_table("actors/bodies.tsv")]
    assert len(sectors) > 1500
    assert sum(sector in ("PTY", "OPP", "REB", "PRM") for sector in sectors) > 600  # parties and armed groups
    assert sum(len(row["places"].split(";")) for row in read_table("actors/places.tsv")) > 1000


def test_the_tables_load_fast() -> None:
    # In a process of its own: among the tests the collector walks a heap that no user has.
    code = (
        "import time\nfrom communique.resolve.lexicon import Lexicon\n"
        "start = time.process_time()\nLexicon.load()\nprint(time.process_time() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert float(done.stdout) < 1.0  # 0.15 s on a quiet core
