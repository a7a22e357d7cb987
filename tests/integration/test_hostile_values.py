"""Values that break programs, from one system through engine and database to the other: carried as they are, or refused alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import plan_world
import pytest
from live_world import LiveWorld, live_world

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.values import clean_text
from syncsvc.state import queries

TEXTS = {
    "control": "a\x01\x02\x07\x08\x0b\x1b[2J\x1b]0;owned\x07\x7f\x9b31m b",
    "nul": "before\x00after",
    "escape": "\x1a0000 is how the state writes a NUL",
    "emoji": "👩🏽‍💻 🇨🇦 🏳️‍🌈",
    "right to left": "\u202egnp.exe\u202c \u200f\u2066x\u2069",
    "formula": "=cmd|' /C calc'!A0",
    "formulas": "+1-1@SUM(A1)\t=HYPERLINK(1)",
    "html": "<script>alert('x')</script>&amp;<img src=x onerror=1>",
    "sql": "'; DROP TABLE links; --",
    "log": "x\n2026-11-21 10:00:00 [info     ] run finished status=succeeded\r\nlevel=error",
    "format": "%s %n {0} {{}} ${HOME} `id` $(id) %(x)s",
    "not a number": "NaN",
    "null": "null",
    "true": "True",
    "backslash": r"C:\new\ud83d\x00 \\server\share",
    "quotes": "\"'`“”«»",
    "noncharacter": "\ufffe\uffff\ufffd",
    "astral": "𝒳\U0010ffff",
    "separators": "a\u2028b\u2029c\x85d",
    "composed": "e\u0301 \u212b \ufb01",
}
FIELDS = """
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Modèle, hector: subcategory.model}
          - {c2: Numéro de série, hector: asset.attributes.Serial number}
          - {c2: Remarques, hector: asset.note}
          - {c2: Prix, hector: asset.attributes.Price}
          - {c2: Date d'achat, hector: asset.acquisition_date}
"""


@pytest.fixture
def world(database_url: str) -> Iterator[LiveWorld]:
    with live_world(database_url) as world:
        yield world


def notes(world: LiveWorld) -> dict[str, Any]:
    return {world.hector.value(asset["id"], "Serial number"): asset["note"] for asset in world.hector.assets()}


def _quiet(world: LiveWorld, direction: str) -> None:
    """Nothing is left to do: what was carried is recognised as what it is."""
    world.writes()
    report = world.sync(direction, fields=FIELDS)
    assert (report.status, world.writes()) == (RunStatus.SUCCEEDED, [])


def test_texts_reach_hector_and_the_books_as_they_are(world: LiveWorld) -> None:
    for name, text in TEXTS.items():
        world.add_ci(maker="HP", model="840", serial=name, notes=text)
    report = world.sync("→", fields=FIELDS)
    assert report.status is RunStatus.SUCCEEDED
    assert notes(world) == {name: clean_text(text) for name, text in TEXTS.items()}
    told = {
        field["to"] for change in queries.changes(world.database) for field in change["fields"] if field["field"] == "Remarques"
    }
    assert told == {clean_text(text) for text in TEXTS.values()}
    _quiet(world, "→")


def test_texts_reach_c2_as_they_are_and_are_told_from_each_other_in_conflicts(world: LiveWorld) -> None:
    subcategory = world.hector.add_subcategory(world.hector_category, "HP", "840")
    for name, text in TEXTS.items():
        world.add_asset(subcategory, name, note=text)
    assert world.sync("⇄", fields=FIELDS).status is RunStatus.SUCCEEDED
    cis = world.c2.ci_ids()
    shown = {world.c2.value(ci, "Numéro de série"): world.c2.value(ci, "Remarques") for ci in cis}
    assert {name: clean_text(text) for name, text in shown.items()} == {name: clean_text(text) for name, text in TEXTS.items()}
    _quiet(world, "⇄")

    for ci in cis:
        world.c2.edit_ci(ci, {"Remarques": "here " + world.c2.value(ci, "Numéro de série")})
    for asset in world.hector.assets():
        world.hector.edit_asset(asset["id"], note=f"there {asset['note']}")
    world.sync("⇄", fields=FIELDS)
    conflicts = queries.conflicts(world.database)
    assert {conflict["baseline"]["c2"] for conflict in conflicts} == {clean_text(text) for text in TEXTS.values()}
    assert {conflict["hector_value"] for conflict in conflicts} == {f"there {clean_text(text)}" for text in TEXTS.values()}


def test_texts_make_and_match_records(world: LiveWorld) -> None:
    """As serial number, maker and model: looked up, grouped, stored as keys."""
    ours = {name: text for name, text in TEXTS.items() if name not in {"not a number", "null"}}  # these stand for no value
    for name, text in ours.items():
        world.add_ci(name=f"n {name}", maker=text, model=text[::-1], serial=f"S {text}")
    assert world.sync("→", fields=FIELDS).status is RunStatus.SUCCEEDED
    assert {entry["maker"] for entry in world.hector.subcategories()} == {clean_text(text) for text in ours.values()}
    assert len(world.hector.assets()) == len(ours)
    _quiet(world, "→")


def test_a_text_of_a_megabyte_is_carried_as_far_as_the_other_side_holds_it(world: LiveWorld) -> None:
    long = "éß" * 500_000
    world.add_ci(maker="HP", model="840", serial="S1", notes=long)
    world.add_ci(maker="HP", model="840", serial="S2", notes="short")
    report = world.sync("→", fields=FIELDS)
    assert report.as_json()["linked"] == 2
    shown = notes(world)
    assert shown["S2"] == "short"
    assert long.startswith(shown["S1"])
    assert len(shown["S1"]) >= 255
    _quiet(world, "→")


class Rewriting(httpx.BaseTransport):
    """Lets answers say what the sandbox is too well-bred to say."""

    def __init__(self, words: dict[bytes, bytes]) -> None:
        self._inner = httpx.HTTPTransport()
        self._words = words

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        body = response.read()
        response.close()
        for word, other in self._words.items():
            body = body.replace(word, other)
        return httpx.Response(response.status_code, headers={"Content-Type": "application/json"}, content=body)

    def close(self) -> None:
        self._inner.close()


def _rewrite(world: LiveWorld, words: dict[bytes, bytes]) -> None:
    """Begin with clients for which the systems say other words."""
    box = world.box
    c2_config = C2Config(box.c2_url, box.username, box.password, plan_world.MONTREAL)
    c2 = world.closing.enter_context(C2Client(c2_config, transport=Rewriting(words)))
    hector = world.closing.enter_context(HectorClient(HectorConfig(box.hector_url, box.token), transport=Rewriting(words)))
    world.surroundings = replace(world.surroundings, c2=c2, hector=hector)


HALVES = {"half": "cut ~HIGH", "low half": "~LOW tail", "two": "~HIGH~HIGH~LOW"}
HALF_WORDS = {b"~HIGH": rb"\ud83d", b"~LOW": rb"\ude00"}


def test_half_a_character_is_an_error_about_that_field_alone(world: LiveWorld) -> None:
    _rewrite(world, HALF_WORDS)
    for name, text in HALVES.items():
        world.add_ci(maker="HP", model="840", serial=name, notes=text, price="12.50")
    report = world.sync("→", fields=FIELDS)
    assert report.as_json()["linked"] == len(HALVES)
    assert set(notes(world).values()) == {None}
    assert {world.hector.value(asset["id"], "Price") for asset in world.hector.assets()} == {12.5}
    errors = world.errors()
    assert {(error["kind"], error["field"]) for error in errors} == {("validation", "Remarques")}
    assert {error["c2_value"] for error in errors} == {"cut \ufffd", "\ufffd tail", "\ufffd😀"}
    json.dumps(errors, ensure_ascii=False).encode()  # all of it can be written anywhere
    world.writes()
    world.sync("→", fields=FIELDS)
    assert world.writes() == []


def test_half_a_character_in_hector_is_not_taken_for_empty(world: LiveWorld) -> None:
    _rewrite(world, HALF_WORDS)
    world.add_ci(maker="HP", model="840", serial="S1", notes="was well")
    world.sync("⇄", fields=FIELDS)
    (asset,) = world.hector.assets()
    world.hector.edit_asset(asset["id"], note="cut ~HIGH")
    world.sync("⇄", fields=FIELDS)
    (ci,) = world.c2.ci_ids()
    assert world.c2.value(ci, "Remarques") == "was well"
    assert [error["field"] for error in world.errors()] == ["Remarques"]


NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", "9" * 300, "0x10", "1,2,3", "12 apples"]


def test_numbers_that_are_none_are_errors_about_that_field_alone(world: LiveWorld) -> None:
    for place, number in enumerate(NUMBERS):
        ci = world.add_ci(maker="HP", model="840", serial=f"S{place}", notes="here")
        world.c2.plant(ci, "Prix", number)
    world.add_ci(maker="HP", model="840", serial="good", price="-123456789012.25")
    report = world.sync("→", fields=FIELDS)
    assert report.as_json()["linked"] == len(NUMBERS) + 1
    errors = world.errors()
    assert {(error["kind"], error["field"]) for error in errors} == {("validation", "Prix")}
    assert {error["c2_value"] for error in errors} == {number[:80] for number in NUMBERS}
    prices = [world.hector.value(asset["id"], "Price") for asset in world.hector.assets()]
    assert [price for price in prices if price is not None] == [-123456789012.25]


@pytest.mark.parametrize(
    ("stored", "day"),
    [
        ("0001-01-02T05:17:32.0000000Z", "0001-01-02"),
        ("9999-12-31T05:00:00.0000000Z", "9999-12-31"),
        ("1600-02-29T05:17:32.0000000Z", "1600-02-29"),
        ("/Date(-2208970800000)/", "1900-01-01"),
    ],
)
def test_days_at_the_ends_of_time_are_carried_as_they_are(world: LiveWorld, stored: str, day: str) -> None:
    _rewrite(world, {b"2001-02-03T05:00:00.0000000Z": stored.encode()})
    world.add_ci(maker="HP", model="840", serial="S1", bought="2001-02-03")
    world.sync("→", fields=FIELDS)
    (asset,) = world.hector.assets()
    assert (asset["acquisition_date"], world.errors()) == (day, [])
    _quiet(world, "→")


@pytest.mark.parametrize(
    "stored", ["0000-00-00T00:00:00Z", "10000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2018-13-45T00:00:00Z"]
)
def test_days_that_no_calendar_has_are_errors_about_that_field_alone(world: LiveWorld, stored: str) -> None:
    _rewrite(world, {b"2001-02-03T05:00:00.0000000Z": stored.encode()})
    world.add_ci(maker="HP", model="840", serial="S1", notes="here", bought="2001-02-03")
    world.sync("→", fields=FIELDS)
    (asset,) = world.hector.assets()
    assert (asset["acquisition_date"], asset["note"]) == (None, "here")
    assert [(error["kind"], error["field"]) for error in world.errors()] == [("validation", "Date d'achat")]
