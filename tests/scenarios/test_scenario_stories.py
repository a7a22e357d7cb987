"""The stories of the golden plans: what is told of each field is what the plan does, and nothing is left without a reason."""

from __future__ import annotations

from pathlib import Path

import plan_world
import pytest
from stories import everybody, records_of, stories
from test_plan_scenarios import FILES, load

from syncsvc.domain.plan import ACTIVITY, Action
from syncsvc.domain.records import RecordKind
from syncsvc.planning.field_story import Rest
from syncsvc.planning.only import only_about
from syncsvc.planning.planner import plan_category
from syncsvc.planning.story import tell_fields

TOLD = {
    "right-carries-a-change-over": {"1": ["Note (c2): update asset new (changed)"]},
    "right-puts-a-drifted-value-back": {"1": ["Note (hector): update asset agreed (put_back)"]},
    "right-nothing-on-a-quiet-night": {"1": ["Note (nothing): in_order"]},
    "right-neither-dirty-yet-different-is-left": {"1": ["Note (nothing): different"]},
    "right-unknown-wipes-nothing": {"1": ["Note (never): unknown"]},
    "right-both-made-equal-updates-the-baseline": {"1": ["Note (both): agreed"]},
    "right-rounded-by-hector-is-in-order": {"1": ["Prix (never): agreed"]},
    "right-a-required-field-is-not-emptied": {"1": ["Note (c2): error, validation"]},
    "right-half-a-key-refused-moves-nothing": {"1": ["Fabricant (c2): key_waits", "Modèle (c2): error, validation"]},
    "both-half-a-key-in-conflict-moves-nothing": {"1": ["Fabricant (c2): key_waits", "Modèle (both): conflict"]},
    "right-another-spelling-of-the-model-moves-nothing": {"1": ["Modèle (c2): agreed"]},
    "right-a-changed-model-makes-a-subcategory": {
        "1": ["Modèle (c2): move asset 650 (changed)", "Note (c2): update asset new (changed)"],
    },
    "right-renamed-in-hector-is-renamed-back": {
        "1": ["Modèle (hector): rename subcategory 450 (put_back)"],
        "2": ["Modèle (hector): rename subcategory 450 (put_back)"],
    },
    "right-a-ci-that-moves-away-has-no-say": {
        "1": ["Prix (c2): update subcategory 800 (changed)"],
        "2": ["Modèle (c2): move asset 850 (changed)", "Prix (c2): moves"],
    },
    "right-shared-price-disagreed": {"1": ["Prix (c2): disagreement, disagreement"], "2": ["Prix (nothing): in_order"]},
    "right-a-new-subcategory-takes-the-agreed-price": {
        "1": ["Modèle (never): create asset 450 (new_record)", "Prix (never): create subcategory 900 (new_record)"],
        "2": ["Poids (never): shared"],
    },
    "right-no-key-no-asset": {"1": ["Fabricant (never): no_counterpart"]},
    "right-an-unreadable-number-is-one-fields-error": {"1": ["Ports (c2): error, validation"]},
    "right-creates-asset-and-subcategory-once": {"1": ["Note (never): empty"]},
    "both-changed-is-a-conflict": {"1": ["Note (both): conflict"]},
    "both-a-held-conflict-is-not-decided-by-a-sibling": {
        "1": ["Prix (both): conflict"],
        "2": ["Prix (never): disagreement, disagreement"],
    },
    "both-siblings-follow-the-winner-of-a-conflict": {
        "1": ["Prix (both): update subcategory 150 (conflict_settled)"],
        "2": ["Prix (hector): follows"],
    },
    "both-a-new-ci-of-the-model-must-agree": {"2": ["Prix (never): disagreement, disagreement"]},
    "moved-by-hand-the-new-price-stands": {"1": ["Prix (hector): new_home"]},
    "moved-by-hand-the-ci-gets-the-new-price": {"1": ["Prix (hector): update ci 200 (changed)"]},
    "rest-given-up-is-left-alone": {"1": ["Note (hector): given_up"]},
    "rest-the-same-value-three-runs-on-end": {"1": ["Note (hector): given_up, not_converging"]},
    "settled-the-values-seen-are-carried-over": {"1": ["Note (both): update ci from Hector (conflict_settled)"]},
    "match-links-by-serial-and-fills": {"1": ["Série (never): agreed", "Note (never): update asset from C2 (first_meeting)"]},
    "match-a-value-that-two-have-is-left-alone": {
        "1": ["Série (never): no_counterpart"],
        "100": ["Série (never): no_counterpart"],
    },
    "left-creates-cis": {"100": ["Note (never): create ci n1 (new_record)"]},
    "held-a-side-that-reads-empty": {"1": ["Note (never): gone"]},
}


@pytest.mark.parametrize("name", TOLD)
def test_the_story_says_who_changed_what_and_what_comes_of_it(name: str) -> None:
    (path,) = (path for path in FILES if path.stem == name)
    told = stories(load(path)[0])
    for whose, lines in TOLD[name].items():
        assert [line for line in lines if line not in told[whose]] == [], told


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_field_is_written_or_rests_for_a_reason_just_as_the_plan_has_it(path: Path) -> None:
    snapshot, conventions = load(path)[0].snapshot(), plan_world.conventions()
    whole = plan_category(snapshot, conventions)
    for one in everybody(snapshot, whole):
        plan = only_about(whole, one)
        fields = tell_fields(snapshot, plan, records_of(snapshot, one), conventions)
        assert all((field.write is None) is not (field.rest is None) for field in fields)
        assert not [field.mapping.name for field in fields if field.rest is Rest.LEFT]
        own = {
            (it.mapping, change.system, it.before, it.after, it.why)
            for change in plan.changes
            if change.action is not Action.LINK and change.record is not RecordKind.SUBCATEGORY
            if change.ci_id == one.ci_id or change.asset_id == one.asset_id
            for it in change.fields
            if it.mapping != ACTIVITY
        }
        writes = [(field.mapping.key, field.write) for field in fields if field.write is not None]
        assert own <= {(key, write.system, write.before, write.after, write.why) for key, write in writes}
        assert {it.mapping for it in plan.conflicts} == {field.mapping.key for field in fields if field.rest is Rest.CONFLICT}
        assert len(writes) == len(own) or any(change.record is RecordKind.SUBCATEGORY for change in plan.changes)
