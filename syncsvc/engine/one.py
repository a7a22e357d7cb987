"""Finding the one pair that a single sync is for: by a CI's number, or by an asset's tag or id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from syncsvc.domain.errors import UnknownRecordError
from syncsvc.domain.records import Asset
from syncsvc.domain.rules import CategoryPair, CategoryRules, Rules
from syncsvc.domain.values import fold
from syncsvc.engine.load import Catalogue
from syncsvc.engine.request import RunRequest, Surroundings
from syncsvc.planning.only import One


def find_one(
    catalogue: Catalogue, around: Surroundings, rules: Rules, chosen: Sequence[CategoryRules], request: RunRequest
) -> tuple[CategoryRules, One]:
    """Find the record that is asked for, and the category that synchronises it.

    Raises :class:`UnknownRecordError` when there is none, or the rules do not synchronise its category; :class:`RemoteError`.
    """
    pairs = [(category, pair) for category, pair in _pairs(catalogue, rules, chosen) if pair is not None]
    found = _by_number(around, pairs, request.ci) if request.ci is not None else _by_tag(around, pairs, str(request.asset))
    if found is not None:
        return found
    raise _unknown(f"CI {request.ci}" if request.ci is not None else f"asset “{request.asset}”", request.category)


def find_all(
    catalogue: Catalogue, around: Surroundings, rules: Rules, chosen: Sequence[CategoryRules], name: str
) -> list[tuple[CategoryRules, One]]:
    """Find the CI that has this number, and the asset that has this tag or id: the one pair that they are, or both.

    Raises :class:`UnknownRecordError` when there is neither, or the rules do not synchronise its category; :class:`RemoteError`.
    """
    pairs = [(category, pair) for category, pair in _pairs(catalogue, rules, chosen) if pair is not None]
    both = (_by_number(around, pairs, name), _by_tag(around, pairs, name))
    found = [it for it in both if it is not None]
    if not found:
        raise _unknown(f"CI or asset “{name}”", None)
    return found


def _unknown(what: str, category: str | None) -> UnknownRecordError:
    if category is not None:
        return UnknownRecordError(
            f"There is no {what} in the category “{category}”.",
            hint="Check the number or the tag, or leave --category out: the record is found in any that is synchronised.",
        )
    return UnknownRecordError(
        f"There is no {what} in a category that is synchronised.",
        hint="Check the number or the tag, and whether the rules name its category (syncsvc rules check).",
    )


def _pairs(
    catalogue: Catalogue, rules: Rules, chosen: Sequence[CategoryRules]
) -> Iterator[tuple[CategoryRules, CategoryPair | None]]:
    for category in chosen:
        yield category, catalogue.resolve(category, rules.default_stockroom)[0]


def _by_number(
    around: Surroundings, pairs: Sequence[tuple[CategoryRules, CategoryPair]], number: str
) -> tuple[CategoryRules, One] | None:
    wanted = number.strip().lstrip("0")
    for category, pair in pairs:
        for link in around.store.links_of(pair.category.id):
            if link.ci_number.lstrip("0") == wanted:
                return category, One(link.ci_id, link.ci_number, link.asset_id, str(link.asset_id))
    ci = around.c2.ci_by_number(number.strip())
    for category, pair in pairs:
        if ci is not None and ci.category_id == pair.category.id:
            return category, One(ci.id, ci.number)
    return None


def _by_tag(
    around: Surroundings, pairs: Sequence[tuple[CategoryRules, CategoryPair]], text: str
) -> tuple[CategoryRules, One] | None:
    read = [(category, pair, around.hector.assets(pair.hector_category.id, ())) for category, pair in pairs]
    everybody = [(category, pair, asset) for category, pair, assets in read for asset in assets]
    tagged = [found for found in everybody if found[2].asset_tag == text]
    tagged += [found for found in everybody if fold(found[2].asset_tag) == fold(text)]
    numbered = [found for found in everybody if str(found[2].id) == text.strip()]
    found = [(category, _one(around, pair, asset)) for category, pair, asset in (tagged or numbered)]
    # Several C2 categories may share a Hector category: the one in which the asset is linked is its own.
    its_own = (it for it in found if it[1].asset_id == found[0][1].asset_id and it[1].ci_id is not None)
    return next(its_own, found[0] if found else None)


def _one(around: Surroundings, pair: CategoryPair, asset: Asset) -> One:
    link = next((link for link in around.store.links_of(pair.category.id) if link.asset_id == asset.id), None)
    return One(link.ci_id if link else None, link.ci_number if link else None, asset.id, asset.label)
