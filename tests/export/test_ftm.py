"""FollowTheMoney entities, held against the followthemoney package's own schema."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from samples import FLEET, STORE, UNITED, hostile, incident, told, witnessed

from communique.export.ftm import codes, party, schema_of, write_ftm
from communique.export.rows import Witnessed
from communique.records import Entity

ftm = pytest.importorskip("followthemoney", reason="the export is held against the package followthemoney")


def written(records: list[Any]) -> dict[str, dict[str, Any]]:
    out = io.StringIO()
    result = write_ftm(records, out)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert result.rows == len(found) == len({e["id"] for e in found})
    return {e["id"]: e for e in found}


def by_schema(entities: dict[str, dict[str, Any]], schema: str) -> list[dict[str, list[str]]]:
    return [e["properties"] for e in entities.values() if e["schema"] == schema]


def test_followthemoney_takes_every_entity_and_value() -> None:
    given = [told(), witnessed(), hostile(), incident(id="i2", actors=(UNITED, FLEET), recipients=(), date="2024-04")]
    entities = written(given)
    for entity in entities.values():
        schema = ftm.model.get(entity["schema"])
        schema.validate(entity)
        proxy = ftm.model.get_proxy(entity, cleaned=False)
        for name, values in entity["properties"].items():
            prop = schema.get(name)
            assert prop is not None and not prop.stub, f"{entity['schema']} has no property {name}"
            # Cleaned by the package's own types: nothing is thrown away.
            assert len(proxy.get(name)) == len(values), f"{entity['schema']}.{name}: {values}"
            if prop.type.name == "entity":
                assert all(v in entities and ftm.model.get(entities[v]["schema"]).is_a(prop.range) for v in values)


def test_an_event_property_by_property() -> None:
    entities = written([witnessed()])
    (event,) = by_schema(entities, "Event")
    names = {entities[i]["properties"]["name"][0] for i in event.pop("involved")}
    assert names == {"Jonas Gahr Støre", "Russia (MIL)"}
    assert [entities[i]["properties"]["name"] for i in event.pop("organizer")] == [["Jonas Gahr Støre"]]
    assert len(event.pop("proof")) == 3
    assert event == {
        "name": ["ACCUSE allege: Jonas Gahr Støre → Russia"], "date": ["2024-04-09"],
        "summary": ["Sentence of r1."], "location": ["Vardø, Finnmark, Norway"], "country": ["no"],
        "keywords": ["ACCUSE", "allege", "verbal conflict", "status:actual", "score:-2", "military", "cyber"], "recordId": ["i1"],
        "publisher": ["The Demo"], "sourceUrl": ["https://example.org/a", "https://example.org/c"],
    }  # fmt: skip
    assert by_schema(entities, "Person") == [
        {"name": ["Jonas Gahr Støre"], "country": ["no"], "position": ["Prime Minister"], "political": ["GOV"]}
    ]
    assert by_schema(entities, "PublicBody") == [{"name": ["Russia (MIL)"], "country": ["ru"], "sector": ["MIL"]}]
    second = {"title": ["Norway accuses the fleet"], "publishedAt": ["2024-04-11"], "publisher": ["The Demo"]}
    assert second in by_schema(entities, "Article")


def test_an_event_does_not_begin_when_it_is_told_nor_rest_on_who_denies_it() -> None:
    # The day of the first report was the event's startDate, and denials were proofs.
    denial = told("r0", published="2024-04-01", url="https://example.org/no", id="e0", status="denied")
    entities = written([Witnessed(incident(date=""), (denial, *witnessed().tellings))])
    (event,) = by_schema(entities, "Event")
    assert not {"date", "startDate"} & set(event) and len(event["proof"]) == 3
    assert "https://example.org/no" not in event["sourceUrl"]


@pytest.mark.parametrize(
    ("entity", "schema"),
    [
        (STORE, "Person"), (UNITED, "Organization"), (FLEET, "PublicBody"), (Entity("x", 0, 1, "RUS"), "PublicBody"),
        (Entity("rebels", 0, 1, "MMR", "REB"), "LegalEntity"), (Entity("gunmen", 0, 1), "LegalEntity"),
        (Entity("Aung Demo", 0, 1, "MMR", "REB", "Aung Demo"), "LegalEntity"), (Entity("it", 0, 1, "EUR"), "Organization"),
    ],
)  # fmt: skip
def test_what_a_party_is(entity: Entity, schema: str) -> None:
    assert schema_of(entity) == schema


def test_a_party_is_the_same_in_every_record() -> None:
    elsewhere = Entity("The premier", 99, 110, "NOR", "GOV", "Jonas Gahr Støre", "Prime Minister")
    assert party(STORE) == party(elsewhere)
    assert len(by_schema(written([told(), told("r2", id="e2", actors=(elsewhere,))]), "Person")) == 1


def test_an_address_that_is_no_web_page_is_left_out() -> None:
    (article,) = by_schema(written([told(url="javascript:alert(1)")]), "Article")
    assert "sourceUrl" not in article


def test_countries_have_codes_that_followthemoney_knows() -> None:
    country = ftm.types.registry.country
    assert all(country.clean(code) == code for code in codes().values())
