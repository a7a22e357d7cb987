"""Texts that databases stumble over are carried whole, and no two different ones become the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine
from state_examples import LAPTOPS, LATER, NOON, SERIAL, ci_id, conflict, intention, linked, new_link, pair

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Action, Baseline, Calm, Change, FieldChange, Held, Outcome, Problem, RunStatus, Why
from syncsvc.domain.records import RecordKind, Side
from syncsvc.state import queries
from syncsvc.state.columns import escape, unescape
from syncsvc.state.store import Store

TEXTS = {
    "NUL": "a\x00b",
    "emoji": "👩‍💻 n° 1",
    "lone surrogate": "cut \ud83d here \udcff",
    "escape": "\x1a0000 is no NUL \x1a",
    "quotes": "'; DROP TABLE links; -- \\ %s :name ? {}",
    "megabyte": "é" * 1_000_000,
    "decomposed": "e\u0301\u202e\ufeff\r\n",
}
hostile = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


@pytest.mark.parametrize("text", [*TEXTS.values(), "\x00", "\x1a", "\x1a\x1a", "\x1a001a", "\x00\x000000"])
def test_an_escaped_text_is_storable_and_comes_back(text: str) -> None:
    assert "\x00" not in escape(text)
    assert escape(text).encode()
    assert unescape(escape(text)) == text


@hostile
def test_values_are_carried_whole(store: Store, text: str) -> None:
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    known = {SERIAL: Baseline(text, None), "key " + text[:100]: Baseline(None, text)}
    (link_id,) = store.add_links(run, pair(name=text), [new_link(1, ci_number=text, baselines=known)], NOON)
    assert store.links_of(LAPTOPS)[0].ci_number == text
    assert store.baselines_of(LAPTOPS) == {link_id: known}
    short = {text[:100]: Held(text[:100], None), SERIAL: Held(None, text[:100])}
    store.note_calm(LAPTOPS, "rules", [(link_id, text, Calm(1, 2, 3, 4), short)])
    assert store.unagreed_of([link_id]) == {link_id: short}
    new = replace(intention(2, frozenset({text})), sent={text: text}, basis={"a": text})
    (stored,) = store.add_intentions(run, [new])
    assert store.intentions_of(LAPTOPS) == [replace(new, id=stored)]


@hostile
def test_values_are_carried_whole_among_others(store: Store, text: str) -> None:
    """A column is looked at as a whole for what must be escaped."""
    run = store.start_run("manual", full=True, dry_run=False, at=NOON)
    texts = ["plain", text, None, "accentué", text, *"abcdefg"]
    known = [{SERIAL: Baseline(c2, c2)} for c2 in texts]
    new = [new_link(number, ci_number=str(c2), baselines=known[number]) for number, c2 in enumerate(texts)]
    ids = store.add_links(run, pair(), new, NOON)
    assert [link.ci_number for link in store.links_of(LAPTOPS)] == [str(c2) for c2 in texts]
    assert store.baselines_of(LAPTOPS) == dict(zip(ids, known, strict=True))


@hostile
def test_what_people_look_at_is_carried_whole(store: Store, engine: Engine, text: str) -> None:
    (link_id,) = linked(store, 1, category=pair(name=text))
    field = FieldChange("m", text, text, None, None, Why.CHANGED)
    change = Change(Action.UPDATE, Side.C2, RecordKind.CI, (field,), ci_number=text, asset_label=text, subcategory_key=(text,))
    store.record_changes(1, (text, text), [(change, Outcome.DONE)], NOON)
    store.record_problems(1, (text, text), [Problem(ErrorKind.SERVER, text, text, text, text, text, text, text)], NOON)
    store.log(1, "info", text, {text: [text]}, NOON)
    store.note_conflicts(1, LAPTOPS, [replace(conflict(1), field=text, c2=text)], {ci_id(1): link_id}.get, NOON)
    store.finish_run(1, RunStatus.SUCCEEDED, {"note": text}, [{"category": text}], LATER)
    (changed,), (error,), (line,), (met,) = (
        ask(engine) for ask in (queries.changes, queries.errors, queries.log, queries.conflicts)
    )
    assert [changed["ci"], changed["asset"], changed["subcategory"], changed["fields"][0]["from"]] == [text] * 4
    assert {error[name] for name in ("cmdb", "category", "ci", "asset", "field", "c2_value", "message", "hint")} == {text}
    assert (line["event"], line["data"]) == (text, {text: [text]})
    assert (met["field"], met["c2_value"], met["category"]) == (text, text, text)
    assert queries.run(engine, 1)["categories"] == [{"category": text}]
    assert len(queries.links(engine, text)) == 1


def test_texts_that_differ_in_a_refused_character_stay_different(store: Store) -> None:
    texts = ["ab", "a\x00b", "a\x1ab", "a\x1a0000b", "a\ud800b", "a\x1ad800b", "a b", "A\x00b"]
    (link_id,) = linked(store, 1)
    store.advance([(link_id, text, Baseline(text, text)) for text in texts], NOON)
    known = store.baselines_of(LAPTOPS)[link_id]
    assert {text: known[text].c2 for text in texts} == dict(zip(texts, texts, strict=True))
