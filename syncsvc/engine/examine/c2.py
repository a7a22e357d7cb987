"""Every call that a sync makes to C2 to read, one by one, none of them more than a page where one page tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from syncsvc.adapters.c2.client import C2Client
from syncsvc.domain.records import Category, Cmdb, ConfigurationItem, Field
from syncsvc.domain.rules import CategoryRules, Direction, Rules
from syncsvc.domain.values import Kind
from syncsvc.engine.examine.asking import SMALL, Judged, Questions, count
from syncsvc.engine.examine.findings import Verdict
from syncsvc.engine.examine.troubles import too_long
from syncsvc.engine.load import Catalogue
from syncsvc.planning.find import find_category, find_cmdb

IGNORED = "syncsvc filters by itself, so nothing is wrong by it; single records take longer to read."


def examine_c2(asking: Questions, c2: C2Client, catalogue: Catalogue, rules: Rules | None) -> None:
    """Ask C2 for its structure, its clients, and CIs in every way that a sync does."""
    cmdbs = asking.ask("CMDBs", "a list of CMDBs", lambda: catalogue.cmdbs, _some_cmdbs)
    clients = "a list of clients"
    asking.ask("clients", clients, lambda: catalogue.clients, lambda found: count(len(found), "client"))
    chosen = _cmdbs(cmdbs or [], rules)
    if not chosen:
        asking.not_asked("categories, lists and CIs", "no CMDB is known to ask about")
        return
    known = [(cmdb, _ask_for_categories(asking, catalogue, cmdb, chosen[0])) for cmdb in chosen]
    categories = _categories(known, rules)
    if not categories:
        asking.not_asked("CIs", f"no category of “{chosen[0].name}” is known to ask about")
        return
    _examine_cis(asking, c2, categories[0])
    for category in categories[1:]:
        _look_into(asking, c2, category)


def _ask_for_categories(asking: Questions, catalogue: Catalogue, cmdb: Cmdb, first: Cmdb) -> Sequence[Category]:
    title = "categories and lists" if cmdb is first else f"categories and lists of “{cmdb.name}”"
    expected = f"the categories of “{cmdb.name}” with their fields"
    return asking.ask(title, expected, lambda: catalogue.categories(cmdb), _structure) or ()


def _some_cmdbs(cmdbs: Sequence[Cmdb]) -> Judged:
    if cmdbs:
        return Judged(count(len(cmdbs), "CMDB"))
    change = "Give the service account (SYNCSVC_C2__USERNAME) the right to see the CMDBs in C2."
    return Judged("no CMDB at all", Verdict.ERROR, change)


def _structure(categories: Sequence[Category]) -> Judged:
    lists = {field.list_id for category in categories for field in category.fields if field.kind is Kind.CHOICE}
    counted = f"{count(len(categories), 'category', 'categories')}, {count(len(lists), 'list')}"
    if not categories:
        change = "Give the service account (SYNCSVC_C2__USERNAME) the right to see the CMDB's categories in C2."
        return Judged(counted, Verdict.ERROR, change)
    return Judged(counted)


def _cmdbs(cmdbs: Sequence[Cmdb], rules: Rules | None) -> list[Cmdb]:
    """Choose the CMDBs to ask about: those that the rules name and C2 has, else any one."""
    named = [find_cmdb(written.cmdb, list(cmdbs)) for written in _written(rules)]
    there = {cmdb.id: cmdb for cmdb in named if isinstance(cmdb, Cmdb)}
    return list(there.values()) or list(cmdbs[:1])


def _categories(known: Sequence[tuple[Cmdb, Sequence[Category]]], rules: Rules | None) -> list[Category]:
    """Choose the categories to ask about: those that are synchronised and that C2 has, else one that it has."""
    found: dict[str, Category] = {}
    for written in _written(rules):
        for cmdb, categories in known:
            category = find_category(written.category, list(categories)) if find_cmdb(written.cmdb, [cmdb]) == cmdb else None
            if isinstance(category, Category) and (written.direction is not Direction.NONE or not found):
                found[category.id] = category
    return list(found.values()) or [category for _, categories in known for category in categories][:1]


def _written(rules: Rules | None) -> list[CategoryRules]:
    """Give the rules' categories, those that are synchronised first."""
    return sorted(rules.categories if rules else (), key=lambda written: written.direction is Direction.NONE)


# -- CIs -----------------------------------------------------------------------------------------------------------------


def _examine_cis(asking: Questions, c2: C2Client, category: Category) -> None:
    fields = category.fields
    whole = f"CIs of “{category.name}” with every field of it"
    cis = asking.ask("CIs, a page", whole, lambda: c2.sample(category, fields), lambda found: _page(found, category))
    if cis is None and asking.failure is not None and too_long(asking.failure):
        cis = asking.ask(
            "CIs, a small page", f"{SMALL} CIs at the most", lambda: c2.sample(category, fields, size=SMALL), _only_small_pages
        )
    if not cis:
        asking.not_asked("CIs by id, by number and by change", "no CI is known to ask for")
        return
    few = cis[:2]
    ids = [ci.id for ci in few]
    asking.ask(
        "CIs by Ids",
        f"the {len(ids)} CIs asked for",
        lambda: c2.sample(category, fields, ids=ids),
        lambda found: _filtered(found, {ci.id for ci in few}, {ci.id for ci in found}, "Ids"),
    )
    _examine_number(asking, c2, category, few[0])
    _examine_since(asking, c2, category, fields, cis)


def _look_into(asking: Questions, c2: C2Client, category: Category) -> None:
    """Ask for some CIs of a further category: rights and forms may differ from one to the next."""
    title = f"CIs of “{category.name}”, a page"
    expected = f"{SMALL} CIs at the most, with every field of theirs"
    asking.ask(title, expected, lambda: c2.sample(category, category.fields, size=SMALL), lambda found: _page(found, category))


def _page(cis: Sequence[ConfigurationItem], category: Category) -> Judged:
    here = [ci for ci in cis if ci.category_id == category.id]
    if cis and not here:
        change = "CategoryId and CIFolderId seem to be ignored: ask C2's support which criteria this server knows."
        return Judged(f"{len(cis)} CIs, none of them of this category", Verdict.ERROR, change)
    if len(here) < len(cis):
        return Judged(
            f"{len(cis)} CIs, {len(cis) - len(here)} of them of other categories: syncsvc leaves these out", Verdict.NOTE
        )
    return Judged(count(len(cis), "CI"))


def _only_small_pages(cis: Sequence[ConfigurationItem]) -> Judged:
    change = "Lower SYNCSVC_C2__PAGE_SIZE (to 100, say): the server cannot send pages as long as it was asked for."
    return Judged(f"{len(cis)} CIs", Verdict.WARNING, change)


def _examine_number(asking: Questions, c2: C2Client, category: Category, ci: ConfigurationItem) -> None:
    asking.ask(
        "CI by CINumber",
        f"CI {ci.number}",
        lambda: c2.sample(category, (), number=ci.number),
        lambda found: _filtered(found, {ci.number}, {one.number for one in found}, "CINumber"),
    )


def _filtered(found: Sequence[ConfigurationItem], wanted: set[str], came: set[str], criterion: str) -> Judged:
    if came == wanted:
        return Judged(count(len(found), "CI"))
    if wanted <= came:
        return Judged(f"{len(found)} CIs: the server ignores {criterion}. {IGNORED}", Verdict.NOTE)
    change = f"{criterion} finds nothing that is there: ask C2's support. Check the account's rights to see CIs."
    return Judged(f"{len(found)} CIs, {len(wanted - came)} of those asked for not among them", Verdict.WARNING, change)


def _examine_since(
    asking: Questions, c2: C2Client, category: Category, fields: Sequence[Field], cis: Sequence[ConfigurationItem]
) -> None:
    newest = max((ci.modified_at for ci in cis if ci.modified_at), default=None)
    if newest is None:
        asking.not_asked("CIs by ModifiedSince", "no CI says when it was changed (LastModifiedDateTime)")
        return
    since = newest - timedelta(seconds=1)

    def judge(found: Sequence[ConfigurationItem]) -> Judged:
        if not any(ci.modified_at and ci.modified_at >= newest for ci in found):
            change = "Leave schedule.full_on empty in the rules, so that every run reads everything: changes would be overlooked."
            return Judged(f"{len(found)} CIs, the one changed last not among them", Verdict.WARNING, change)
        if any(ci.modified_at and ci.modified_at < since for ci in found):
            words = f"{len(found)} CIs, older ones too: the server ignores ModifiedSince. Every run reads everything."
            return Judged(words, Verdict.NOTE)
        return Judged(count(len(found), "CI"))

    expected = f"the CIs changed since {since:%Y-%m-%d %H:%M:%S} UTC"
    asking.ask("CIs by ModifiedSince", expected, lambda: c2.sample(category, fields, modified_since=since), judge)
