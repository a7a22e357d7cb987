"""One record's story: read and planned as a run of this pair alone would, and nothing of it carried out or recorded."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine

from syncsvc.domain.clients import Clients
from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import RulesError
from syncsvc.domain.plan import Change, Link, Problem
from syncsvc.domain.records import Asset, ConfigurationItem
from syncsvc.domain.rules import CategoryPair, CategoryRules, Rules
from syncsvc.engine.context import Context
from syncsvc.engine.load import Catalogue, needs_clients
from syncsvc.engine.look import CategoryLook, Scope, Sight
from syncsvc.engine.one import find_all
from syncsvc.engine.partial import read_one
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.request import Surroundings
from syncsvc.engine.world import World
from syncsvc.planning.between import about, check_pairs
from syncsvc.planning.field_story import FieldStory, names_of
from syncsvc.planning.only import One, only_about, whole
from syncsvc.planning.resolve import live_fields
from syncsvc.planning.standing import Records, Standing, parted_from, standing_of
from syncsvc.planning.story import tell_fields
from syncsvc.state import queries
from syncsvc.state.record_history import history_of

NO_RUN = 0
"""Stands for the number of a run that there is none of: nothing is ever stored with it."""


@dataclass(frozen=True, slots=True)
class Story:
    """All there is to tell of one pair, or of a record that has no counterpart."""

    pair: CategoryPair
    one: One
    records: Records
    standing: Standing
    link: Mapping[str, Any] | None
    """As ``links --json`` prints it."""
    parted: tuple[str, ...]
    held: tuple[str, ...]
    """Why guards would hold back what is planned for this pair."""
    problems: tuple[Problem, ...]
    """Those that are not told with a field."""
    changes: tuple[Change, ...]
    fields: tuple[FieldStory, ...]
    left_out: tuple[str, ...]
    """Fields that the rules tie and carry nowhere; they are not even read."""
    names: Mapping[str, str]
    """Of the clients that fields hold, by id."""
    conflicts: Mapping[str, Mapping[str, Any]]
    """Those on record, by field, as ``conflicts --json`` prints them."""
    history: list[dict[str, Any]]


def explain(rules: Rules, name: str, around: Surroundings, database: Engine) -> list[Story]:
    """Tell the story of the CI that has this number, and of the asset that has this tag or id; one where they are a pair.

    Raises :class:`UnknownRecordError`, :class:`RulesError` where the rules of its category cannot be carried out, and
    :class:`RemoteError`.
    """
    catalogue = Catalogue(around.c2, around.hector)
    live = rules.live
    stories: list[Story] = []
    with ThreadPoolExecutor(around.threads, thread_name_prefix="explain") as pool:
        for category, one in find_all(catalogue, around, rules, live, name):
            if not any(_is_about(story, one) for story in stories):
                pair = _fitting(catalogue, rules, live, category)
                told = _Teller(_context(rules, pair, catalogue, around, pool), pair, category, database)
                stories.append(told.story(one))
    return stories


def _is_about(story: Story, one: One) -> bool:
    ci, asset = story.one.ci_id, story.one.asset_id
    return (ci is not None and ci == one.ci_id) or (asset is not None and asset == one.asset_id)


def _fitting(catalogue: Catalogue, rules: Rules, live: list[CategoryRules], wanted: CategoryRules) -> CategoryPair:
    """Give the category as both systems confirm it; raises :class:`RulesError` where no run would touch it."""
    resolved = [(category, catalogue.resolve(category, rules.default_stockroom)[0]) for category in live]
    pairs = [(category, pair) for category, pair in resolved if pair is not None]
    clashes = tuple(about(wanted, check_pairs(pairs)))
    if clashes:
        raise RulesError(clashes, file=rules.file)
    return next(pair for category, pair in pairs if category is wanted)


def _context(rules: Rules, pair: CategoryPair, catalogue: Catalogue, around: Surroundings, pool: ThreadPoolExecutor) -> Context:
    """Give what a run works with, but for a record of its own: what it has to say goes to the log that people watch alone."""
    clients = Clients(catalogue.clients if needs_clients(pair) else ())
    return Context(
        NO_RUN,
        around.c2,
        around.hector,
        around.store,
        around.conventions(rules.language, clients),
        around.now,
        around.now(),
        pool,
        progress=around.progress,
        log=around.log,
        may_write=lambda: None,
        called=catalogue.called,
    )


class _Teller:
    """Tells of pairs of one category."""

    def __init__(self, context: Context, pair: CategoryPair, rules: CategoryRules, database: Engine) -> None:
        self._context, self._pair, self._rules, self._database = context, pair, rules, database

    def story(self, one: One) -> Story:
        """Read, plan, and tell."""
        context, pair = self._context, self._pair
        report = CategoryReport(*pair.names)
        look = CategoryLook(context, pair, report, Scope(dry_run=True, full=False, one=one))
        sight, world = look.sight(), look.world
        one = whole(one, sight.plan, world.links.values())
        link = world.links.get(one.ci_id) if one.ci_id is not None else None
        if one.ci_id in world.quiet and one.ci_id is not None:  # in order, so it was not even decoded
            read_one(context, world, report, one)
            world.load_baselines()
        records = self._records(world, one, link)
        one = _named(one, records)
        return self._tell(sight, world, one, records, context.conventions)

    def _tell(self, sight: Sight, world: World, one: One, records: Records, conventions: Conventions) -> Story:
        plan = only_about(replace(sight.plan, problems=(*sight.problems, *sight.plan.problems)), one)
        snapshot = world.snapshot()
        stored = next(iter(queries.find_links(self._database, ci_id=one.ci_id).values()), None) if records.link else None
        was_orphaned = stored is not None and stored["status"] == "orphaned"
        fields = tell_fields(snapshot, plan, records, conventions)
        live = live_fields(self._rules)
        told = [field.problem for field in fields]
        subcategory = records.asset.subcategory_id if records.asset else None
        return Story(
            self._pair,
            one,
            records,
            standing_of(records, snapshot, plan, was_orphaned=was_orphaned, intentions=world.unfinished.intentions),
            stored,
            parted_from(records, snapshot) if records.link is None else (),
            sight.reasons if plan.changes else (),
            tuple(problem for problem in plan.problems if problem not in told),
            plan.changes,
            fields,
            tuple(str(field.c2) for field in self._rules.fields if field not in live),
            names_of(fields, conventions),
            self._conflicts(one),
            history_of(self._database, ci=one.ci_number, asset=one.asset_label, subcategory=subcategory),
        )

    def _records(self, world: World, one: One, link: Link | None) -> Records:
        """Give the pair's records under the names that people know; one that was woken knows its number or its tag alone."""
        ci = world.cis.get(one.ci_id) if one.ci_id is not None else None
        asset = world.assets.get(one.asset_id) if one.asset_id is not None else None
        if ci is not None and ci.name == ci.number:
            read = self._context.c2.cis_by_id(self._pair.category, (), [ci.id])
            ci = replace(ci, name=read[0].name) if read else ci
        if asset is not None and asset.title == asset.asset_tag:
            found = self._context.hector.assets_by_id([asset.id], ())
            asset = replace(asset, title=found[0].title, asset_tag=found[0].asset_tag) if found else asset
        return Records(ci, asset, link)

    def _conflicts(self, one: One) -> dict[str, dict[str, Any]]:
        """Give the conflicts of this pair that are on record, by the field's name."""
        found = queries.conflicts(self._database) if one.ci_number is not None else []
        return {it["field"]: it for it in found if it["ci"] == one.ci_number}


def _named(one: One, records: Records) -> One:
    """Call both records as they are called now."""
    ci: ConfigurationItem | None = records.ci
    asset: Asset | None = records.asset
    return One(
        one.ci_id,
        ci.number if ci else one.ci_number,
        one.asset_id,
        asset.label if asset else one.asset_label,
    )
