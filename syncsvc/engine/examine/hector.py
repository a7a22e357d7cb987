"""Every call that a sync makes to Hector to read, one by one, none of them more than a page where one page tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from syncsvc.adapters.hector.client import HectorClient
from syncsvc.domain.errors import RemoteError
from syncsvc.domain.records import Asset, Field, HectorCategory, Level, Stockroom, Subcategory
from syncsvc.domain.rules import Direction, Rules
from syncsvc.engine.examine.asking import SMALL, Judged, Questions, count
from syncsvc.engine.examine.findings import Verdict
from syncsvc.engine.examine.troubles import is_final
from syncsvc.engine.load import Catalogue
from syncsvc.planning.find import find_hector_category

WRONG_TOTAL = (
    "“total” must say how many records there are in all, not on the page; where another member does, name it in"
    " SYNCSVC_HECTOR__NAMES__TOTAL."
)
Page = tuple[Sequence[Asset] | Sequence[Subcategory], int]
"""A page's records, and the total that the list claims."""


def examine_hector(asking: Questions, hector: HectorClient, catalogue: Catalogue, rules: Rules | None, page_size: int) -> None:
    """Ask Hector for its structure, its users, and subcategories and assets in every way that a sync does."""
    asking.ask("users", "a list of users", lambda: catalogue.users, lambda found: count(len(found), "user"))
    asking.ask("stockrooms", "a list of stockrooms", lambda: catalogue.stockrooms, _some_stockrooms)
    categories = asking.ask(
        "categories", "a list of categories, serialized ones too", lambda: catalogue.hector_categories, _some_categories
    )
    chosen = _categories(categories or [], rules)
    if not chosen:
        asking.not_asked("attributes, subcategories and assets", "no serialized category is known to ask about")
        return
    category = chosen[0]
    fields = asking.ask("attributes", f"the attributes of “{category.name}”", lambda: catalogue.fields(category), _attributes)
    _examine_subcategories(asking, hector, category, _of(fields, Level.SUBCATEGORY), page_size)
    _examine_assets(asking, hector, category, _of(fields, Level.ASSET), page_size)
    for further in chosen[1:]:
        _look_into(asking, hector, catalogue, further, min(SMALL, page_size))


def _look_into(asking: Questions, hector: HectorClient, catalogue: Catalogue, category: HectorCategory, size: int) -> None:
    """Ask for some records of a further category: rights and attributes may differ from one to the next."""
    of = f"of “{category.name}”"
    fields = asking.ask(f"attributes {of}", f"the attributes {of}", lambda: catalogue.fields(category), _attributes)
    asking.ask(
        f"subcategories {of}, a page",
        f"{size} subcategories at the most, and how many there are in all",
        lambda: hector.sample_subcategories(category.id, _of(fields, Level.SUBCATEGORY), size=size),
        lambda found: _page(found, category, size),
    )
    asking.ask(
        f"assets {of}, a page",
        f"{size} assets at the most, and how many there are in all",
        lambda: hector.sample_assets(category.id, _of(fields, Level.ASSET), size=size),
        lambda found: _page(found, category, size),
    )


def _some_stockrooms(stockrooms: Sequence[Stockroom]) -> Judged:
    if stockrooms:
        return Judged(count(len(stockrooms), "stockroom"))
    change = "Make a stockroom in Hector, or let SYNCSVC_HECTOR__TOKEN see one: no asset can be made without."
    return Judged("no stockroom at all", Verdict.WARNING, change)


def _some_categories(categories: Sequence[HectorCategory]) -> Judged:
    serialized = sum(category.is_serialized for category in categories)
    counted = f"{count(len(categories), 'category', 'categories')}, {serialized} serialized"
    if serialized:
        return Judged(counted)
    change = "Only serialized categories can be synchronised: make one in Hector, or let SYNCSVC_HECTOR__TOKEN see one."
    return Judged(counted, Verdict.ERROR, change)


def _attributes(fields: Sequence[Field]) -> str:
    return count(sum(".attributes." in field.key for field in fields), "attribute")


def _categories(categories: Sequence[HectorCategory], rules: Rules | None) -> list[HectorCategory]:
    """Choose the categories to ask about: those that are synchronised and that Hector has, else one that could be."""
    written = sorted(rules.categories if rules else (), key=lambda one: one.direction is Direction.NONE)
    found: dict[int, HectorCategory] = {}
    for one in written:
        category = find_hector_category(one.hector_category, list(categories)) if one.hector_category else None
        if isinstance(category, HectorCategory) and (one.direction is not Direction.NONE or not found):
            found[category.id] = category
    return list(found.values()) or [category for category in categories if category.is_serialized][:1]


def _of(fields: Sequence[Field] | None, level: Level) -> list[Field]:
    return [field for field in fields or () if field.level is level]


# -- lists ---------------------------------------------------------------------------------------------------------------


def _examine_subcategories(
    asking: Questions, hector: HectorClient, category: HectorCategory, fields: Sequence[Field], size: int
) -> None:
    page = asking.ask(
        "subcategories, a page",
        f"subcategories of “{category.name}”, and how many there are in all",
        lambda: hector.sample_subcategories(category.id, fields),
        lambda found: _page(found, category, size),
    )
    if not page or not page[0]:
        asking.not_asked("a single subcategory, subcategories by change", "no subcategory is known to ask for")
        return
    _examine_total(asking, "subcategories", page, lambda: hector.sample_subcategories(category.id, fields, page=2))
    first = page[0][0]
    asking.ask(
        "one subcategory", f"subcategory {first.id}", lambda: hector.subcategory(first.id, fields), lambda _one: "1 record"
    )
    newest = _newest(page[0])
    if newest is not None:
        since = newest - timedelta(seconds=1)
        asking.ask(
            "subcategories by updated_since",
            f"the subcategories changed since {since:%Y-%m-%d %H:%M:%S} UTC",
            lambda: hector.sample_subcategories(category.id, fields, updated_since=since),
            _changed_since(page[0]),
        )


def _examine_assets(
    asking: Questions, hector: HectorClient, category: HectorCategory, fields: Sequence[Field], size: int
) -> None:
    page = asking.ask(
        "assets, a page",
        f"assets of “{category.name}”, and how many there are in all",
        lambda: hector.sample_assets(category.id, fields),
        lambda found: _page(found, category, size),
    )
    if not page or not page[0]:
        asking.not_asked("assets by ids and by change", "no asset is known to ask for")
        return
    _examine_total(asking, "assets", page, lambda: hector.sample_assets(category.id, fields, page=2))
    ids = [asset.id for asset in page[0][:2]]
    asking.ask(
        "assets by ids",
        f"the {len(ids)} assets asked for",
        lambda: hector.sample_assets(category.id, fields, ids=ids),
        lambda found: _by_ids(found[0], ids),
    )
    newest = _newest(page[0])
    if newest is None:
        asking.not_asked("assets by updated_since", "no asset says when it was changed (updated_at)")
        return
    since = newest - timedelta(seconds=1)
    asking.ask(
        "assets by updated_since",
        f"the assets changed since {since:%Y-%m-%d %H:%M:%S} UTC",
        lambda: hector.sample_assets(category.id, fields, updated_since=since),
        _changed_since(page[0]),
    )


def _page(found: Page, category: HectorCategory, size: int) -> Judged:
    """Judge a first page: whether the total can be right, and whether the filter by category is known."""
    records, total = found
    counted = f"{count(len(records), 'record')} of {total} in all"
    if len(records) > total or (len(records) < total and not records):
        return Judged(f"{counted}: the total is wrong", Verdict.ERROR, WRONG_TOTAL)
    strange = sum(record.category_id != category.id for record in records)
    if strange:
        words = f"{counted}, {strange} of other categories: the server ignores category_id; syncsvc filters by itself"
        return Judged(words, Verdict.NOTE)
    if len(records) < min(total, size):
        words = f"{counted}: the server's pages are shorter than asked for, which takes more calls"
        return Judged(words, Verdict.NOTE, f"SYNCSVC_HECTOR__PAGE_SIZE={len(records)} says what the server does.")
    return Judged(counted)


def _examine_total(asking: Questions, what: str, first: Page, ask: Callable[[], Page]) -> None:
    """Look behind a page that is said to be all there is: a total of the page alone would end a list too early."""
    records, total = first
    if len(records) != total:
        return
    known = {record.id for record in records}

    def behind() -> Page:
        try:
            return ask()
        except RemoteError as error:
            if is_final(error):
                raise
            return (), total  # some servers have no page behind the last one, and say so by a failure

    def judge(found: Page) -> Judged:
        more = sum(record.id not in known for record in found[0])
        return Judged(f"{more} further records: the total is wrong", Verdict.ERROR, WRONG_TOTAL) if more else Judged("none")

    asking.ask(f"{what}, page 2", f"nothing: page 1 held all {total} that there are", behind, judge)


def _by_ids(found: Sequence[Asset], wanted: Sequence[int]) -> Judged:
    came = {asset.id for asset in found}
    if came == set(wanted):
        return Judged(count(len(found), "record"))
    if came - set(wanted):
        words = (
            f"{len(found)} records: the server ignores ids. syncsvc then asks for each asset by itself, which takes more calls."
        )
        return Judged(words, Verdict.NOTE)
    change = "“ids” finds nothing that is there: ask Hector's support. syncsvc then asks for each asset by itself."
    return Judged(f"{len(found)} records, {len(set(wanted) - came)} of those asked for not among them", Verdict.WARNING, change)


def _newest(records: Sequence[Asset] | Sequence[Subcategory]) -> datetime | None:
    return max((record.modified_at for record in records if record.modified_at), default=None)


def _changed_since(before: Sequence[Asset] | Sequence[Subcategory]) -> Callable[[Page], Judged]:
    newest = _newest(before)
    assert newest is not None

    def judge(found: Page) -> Judged:
        records = found[0]
        if not any(record.modified_at and record.modified_at >= newest for record in records):
            change = "Leave schedule.full_on empty in the rules, so that every run reads everything: changes would be overlooked."
            return Judged(f"{len(records)} records, the one changed last not among them", Verdict.WARNING, change)
        if any(record.modified_at and record.modified_at < newest - timedelta(seconds=1) for record in records):
            words = f"{len(records)} records, older ones too: the server ignores updated_since. Every run reads everything."
            return Judged(words, Verdict.NOTE)
        return Judged(count(len(records), "record"))

    return judge
