"""A whole rules file held against what both systems offer: what is refused, what is worth knowing, what can be synchronised."""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncsvc.domain.errors import Refusal
from syncsvc.domain.rules import CategoryPair, CategoryRules, Rules
from syncsvc.engine.load import Catalogue
from syncsvc.notify.recipients import find_recipients, is_address
from syncsvc.planning.between import check_pairs
from syncsvc.planning.find import find_cmdb, find_stockroom
from syncsvc.planning.remarks import Remark, remarks, remarks_by_themselves


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What both systems say to the rules."""

    pairs: tuple[tuple[CategoryRules, CategoryPair], ...]
    """The categories that can be synchronised, each with the rules it comes from."""
    refusals: tuple[Refusal, ...]
    remarks: tuple[Remark, ...]


def confirm(rules: Rules, catalogue: Catalogue) -> Confirmed:
    """Hold every category against the two systems; raises :class:`RemoteError` where one cannot be asked."""
    refusals: list[Refusal] = []
    pairs: list[tuple[CategoryRules, CategoryPair]] = []
    for category in rules.categories:
        pair, refused = catalogue.resolve(category, rules.default_stockroom)
        refusals += refused
        if pair is not None:
            pairs.append((category, pair))
    refusals += check_pairs(pairs)
    if rules.default_stockroom is not None:
        found = find_stockroom(rules.default_stockroom, catalogue.stockrooms, path="default_stockroom")
        refusals += [found] if isinstance(found, Refusal) else []
    if not all(is_address(entry) for entry in rules.notify_if_error):
        place = rules.notify_place
        unknown = find_recipients(rules.notify_if_error, catalogue.users)[1]
        refusals += [replace(refused, line=place.line, column=place.column) for refused in unknown]
    bare = [find_cmdb(ref, catalogue.cmdbs) for ref in rules.bare_cmdbs]
    refusals += [found for found in bare if isinstance(found, Refusal)]
    in_order = sorted(dict.fromkeys(refusals), key=lambda refusal: (refusal.line, refusal.column))
    return Confirmed(tuple(pairs), tuple(in_order), (*remarks_by_themselves(rules), *remarks(pairs)))
