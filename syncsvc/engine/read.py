"""Reading one category in full, both systems at once, and proving what a full read does not show.

A linked record that the lists leave out is looked up by its id before anybody calls it missing: lists shift while they are
read, and records move to other categories.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from shlex import quote

from syncsvc.domain.errors import ErrorKind, NotFoundError
from syncsvc.domain.plan import Link, Problem
from syncsvc.domain.records import Asset, ConfigurationItem, Level, Listed, Side, Subcategory
from syncsvc.domain.rules import CategoryPair
from syncsvc.engine.columns import Columns
from syncsvc.engine.context import Context
from syncsvc.engine.identity import find_others
from syncsvc.engine.quiet import Quiet
from syncsvc.engine.report import CategoryReport
from syncsvc.engine.world import World
from syncsvc.planning.only import One
from syncsvc.state.links import Place


def read_category(context: Context, world: World, report: CategoryReport, quiet: Quiet) -> None:
    """Read both sides of a category into its world; raises :class:`RemoteError` when either cannot be read whole.

    Pairs that are as they were when last in order are told apart as they arrive, and left out.
    """
    pair = world.pair
    cis = context.pool.submit(context.c2.changed_cis, pair.category, pair.c2_fields, quiet.known_cis())
    hector = context.pool.submit(_read_hector, context, pair, quiet)
    failures = [future.exception() for future in (cis, hector)]
    for failure in failures:
        if failure is not None:
            raise failure
    subcategories, assets = hector.result()
    world.cis = {ci.id: ci for ci in cis.result().records}
    world.subcategories = {subcategory.id: subcategory for subcategory in subcategories}
    world.assets = {asset.id: asset for asset in assets.records}
    unchanged_cis, unchanged_assets = cis.result().unchanged, assets.unchanged
    unchanged_cis.difference_update(world.cis)  # in place, here and in what follows: there may be very many
    unchanged_assets.difference_update(world.assets)
    world.read = {Side.C2: len(world.cis) + len(unchanged_cis), Side.HECTOR: len(world.assets) + len(unchanged_assets)}
    report.read = dict(world.read)
    complete_subcategories(context, world, world.assets.values())
    quiet.part(unchanged_cis, unchanged_assets)


def _read_hector(context: Context, pair: CategoryPair, quiet: Quiet) -> tuple[list[Subcategory], Listed[Asset]]:
    category_id = pair.hector_category.id
    subcategories = context.hector.subcategories(category_id, pair.subcategory_fields)
    return subcategories, context.hector.changed_assets(category_id, pair.asset_fields, quiet.known_assets(subcategories))


def complete_subcategories(context: Context, world: World, assets: Iterable[Asset]) -> None:
    """Fetch the subcategories that assets name but the list did not show: made after it was read, or hidden by a shift."""
    columns = Columns.of(world.pair, Level.SUBCATEGORY)
    for subcategory_id in {asset.subcategory_id for asset in assets} - world.subcategories.keys():
        try:
            world.subcategories[subcategory_id] = context.hector.subcategory(subcategory_id, columns.fields)
        except NotFoundError:
            continue  # its fields are left alone: what is not known is not empty


def find_hidden(context: Context, world: World, quiet: Quiet, side: Side) -> bool:
    """Read one side's records again until no new one appears; whether any did. One that a shifting list hid would be doubled.

    C2 gives no total. Hector's is no proof either: where a record goes and another comes while its list is read, it stays right.
    """
    found_any = False
    while _read_again(context, world, quiet, side):
        found_any = True
        quiet.wake_namesakes()
    return found_any


def _read_again(context: Context, world: World, quiet: Quiet, side: Side) -> bool:
    """Take in the records that a list shows now and has not shown before; whether there are any."""
    pair = world.pair
    if side is Side.C2:
        cis = context.c2.changed_cis(pair.category, pair.c2_fields, quiet.known_cis()).records
        new_cis = {ci.id: ci for ci in cis if ci.id not in world.cis and ci.id not in world.quiet}
        world.cis.update(new_cis)
        return bool(new_cis)
    known = quiet.known_assets(world.subcategories.values())
    assets = context.hector.changed_assets(pair.hector_category.id, pair.asset_fields, known).records
    at_rest = {link.asset_id for link in world.links.values() if link.ci_id in world.quiet}
    new_assets = {asset.id: asset for asset in assets if asset.id not in world.assets and asset.id not in at_rest}
    world.assets.update(new_assets)
    complete_subcategories(context, world, new_assets.values())
    return bool(new_assets)


def prove_absences(context: Context, world: World, *, even_if_empty: bool = False) -> tuple[list[Problem], list[tuple[str, str]]]:
    """Look up the linked records that a full read did not show.

    Gives problems to report, and (CI id, new status) of links to be marked orphaned or whole again. A side that reads empty is
    left to the guards, unless somebody approved it: ``even_if_empty``.
    """
    problems: list[Problem] = []
    marks: list[tuple[str, str]] = []
    unseen = [link for link in world.links.values() if not world.is_seen(link)]
    if world.read[Side.C2] or even_if_empty:
        _look_up_cis(context, world, [link for link in unseen if link.ci_id not in world.cis], problems, marks)
    if world.read[Side.HECTOR] or even_if_empty:
        _look_up_assets(context, world, [link for link in unseen if link.asset_id not in world.assets], problems, marks)
    back = [link for link in world.links.values() if link.status == "orphaned" and world.is_seen(link)]
    others = find_others(context, world, back)
    problems += others.values()
    back = [link for link in back if link.ci_id not in others]
    world.links.update({link.ci_id: replace(link, status="active") for link in back})  # planned with the others at once
    marks += [(link.ci_id, "active") for link in back]
    return problems, list(dict.fromkeys(marks))


def prove_one_absence(context: Context, world: World, link: Link) -> tuple[list[Problem], list[tuple[str, str]]]:
    """Look up the records of the one pair that is asked for; gives problems, said whenever it is asked for, and marks.

    That a record is gone is marked by full runs alone. An orphan of which both records show is taken for whole from here on.
    """
    problems: list[Problem] = []
    marks: list[tuple[str, str]] = []
    active = replace(link, status="active")
    if link.ci_id not in world.cis and link.ci_id not in world.quiet:
        _look_up_cis(context, world, [active], problems, marks)
    if link.asset_id not in world.assets and link.ci_id not in world.quiet:
        _look_up_assets(context, world, [active], problems, marks)
    if link.status == "active" or not world.is_seen(link):
        return problems, []
    others = find_others(context, world, [link])
    if others:
        return [*problems, *others.values()], []
    world.links[link.ci_id] = active
    return problems, [(link.ci_id, "active")]


def find_strays(context: Context, world: World, one: One | None = None) -> list[Problem]:
    """Report the CIs that stand here and are linked where no run looks at them; of a single sync the one that it is for.

    That is under a category which the rules do not synchronise; the runs of any other report what has moved away from it.
    """
    if context.synchronised is None:
        return []
    places = context.store.places_of(world.elsewhere[0].intersection(world.cis))
    return [
        _stray(world, world.cis[ci_id], place)
        for ci_id, place in sorted(places.items(), key=itemgetter(0))
        if place.category_id not in context.synchronised and (one is None or ci_id == one.ci_id or place.asset_id == one.asset_id)
    ]


def _stray(world: World, ci: ConfigurationItem, place: Place) -> Problem:
    asset = world.assets.get(place.asset_id)
    label = asset.label if asset else place.asset_label
    return Problem(
        ErrorKind.MISSING,
        f"CI {ci.number} has moved here, but is linked with asset {label} under “{place.title}”, which the rules do not "
        "synchronise: nothing is done for it anywhere.",
        "Move it back. Or, where the rules tie the categories in which the two are now, join them there: "
        f"syncsvc links remove --ci {ci.number}, then syncsvc links add --ci {ci.number} --asset {quote(label)}.",
        ci_number=ci.number,
        asset=label,
    )


def _look_up_cis(
    context: Context, world: World, links: Sequence[Link], problems: list[Problem], marks: list[tuple[str, str]]
) -> None:
    pair = world.pair
    ids = [link.ci_id for link in links]
    found = {ci.id: ci for ci in context.c2.cis_by_id(pair.category, pair.c2_fields, ids)} if ids else {}
    for link in links:
        ci = found.get(link.ci_id)
        if ci is None:
            _mark(world, link, Side.C2, problems, marks)
        elif pair.holds(ci):
            world.cis[ci.id] = ci
        else:
            world.moved.add(link.ci_id)
            problems.append(_moved(context, world, link, f"CI {ci.number}", ci))


def _look_up_assets(
    context: Context, world: World, links: Sequence[Link], problems: list[Problem], marks: list[tuple[str, str]]
) -> None:
    pair = world.pair
    ids = [link.asset_id for link in links]
    found = {asset.id: asset for asset in context.hector.assets_by_id(ids, pair.asset_fields)} if ids else {}
    for link in links:
        asset = found.get(link.asset_id)
        if asset is None:
            _mark(world, link, Side.HECTOR, problems, marks)
        elif pair.holds(asset):
            world.assets[asset.id] = asset
            complete_subcategories(context, world, [asset])
        else:
            world.moved.add(link.ci_id)
            what = f"Asset {asset.label}, the counterpart of CI {link.ci_number},"
            problems.append(_moved(context, world, link, what, asset))


def _mark(world: World, link: Link, side: Side, problems: list[Problem], marks: list[tuple[str, str]]) -> None:
    """Report a link that has lost a record on one side, once: as it becomes orphaned."""
    if link.status == "orphaned":
        return
    asset = world.label_of(link)
    if side is Side.C2:
        message, then = f"CI {link.ci_number} is gone from C2.", "retire its asset in Hector"
    else:
        message = f"Asset {asset}, the counterpart of CI {link.ci_number}, is gone from Hector."
        then = "deactivate its CI in C2"
    hint = (
        "Nothing was deleted on the other side. If it shows up again, the link is whole again by itself. "
        f"If the thing is gone for good, {then} yourself."
    )
    problems.append(Problem(ErrorKind.MISSING, message, hint, ci_number=link.ci_number, asset=asset))
    marks.append((link.ci_id, "orphaned"))


def _moved(context: Context, world: World, link: Link, what: str, record: ConfigurationItem | Asset) -> Problem:
    """Report a record that stands elsewhere: somebody has moved it, or the rules tie other categories than they did."""
    number = record.number if isinstance(record, ConfigurationItem) else None
    asset = record.label if isinstance(record, Asset) else world.label_of(link)
    return Problem(
        ErrorKind.MISSING,
        f"{what} stands in another category ({context.called(record.category_id)}) than the rules tie; it is left alone.",
        "Move it back, or correct the rules if it was never moved. Or, where the rules tie the categories in which the two are "
        f"now, join them there: syncsvc links remove --ci {link.ci_number}, then "
        f"syncsvc links add --ci {link.ci_number} --asset {quote(asset)}.",
        ci_number=number,
        asset=record.label if isinstance(record, Asset) else None,
    )
