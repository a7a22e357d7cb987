"""Mails about what did not happen: a run that waits for approval, a night without a run, a category without news. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from syncsvc.domain.told import Reason, Said, Topic
from syncsvc.notify.digest import approval, console_pages
from syncsvc.notify.news import CategoryFacts, News, RunFacts, digest
from syncsvc.notify.render import Letter, Table
from syncsvc.notify.texts import Words
from syncsvc.planning.approval import amounts_of

MOST_NIGHTS = 10
"""Nights that are listed one by one; of more, the first and the last are enough."""
Names = tuple[str, str]
"""A CMDB and a category, as the rules call them."""


def held_letter(
    run: RunFacts, news: News, plans: Mapping[Names, Sequence[Any]], words: Words, console_url: str | None = None
) -> Letter:
    """Say why a run waits, what it would do, and how to let it; ``plans`` are the reviewed changes as the store keeps them.

    Where all of it was told of an earlier run, only that it is this one now that waits.
    """
    if not news.held:
        return _still_held_letter(run, news, words, console_url)
    before = (words("held.before", names=_titles(news.held_before)),) if news.held_before else ()
    return Letter(
        language=words.language,
        subject=words("held.subject", run=run.number, day=words.day(run.started_at)),
        lead=words("held.lead", run=run.number, moment=words.moment(run.started_at), names=_titles(news.held)),
        lines=(*_reasons(news.held, words), *before),
        tables=tuple(_planned(held.title, plans.get((held.cmdb, held.category), ()), words) for held in news.held),
        after=(words("held.approve", command=approval(run)), words("held.otherwise")),
        links=console_pages(console_url, f"/runs/{run.number}"),
        footer=words("footer"),
    )


def _still_held_letter(run: RunFacts, news: News, words: Words, console_url: str | None) -> Letter:
    return Letter(
        language=words.language,
        subject=words("held.still.subject", run=run.number, day=words.day(run.started_at)),
        lead=words("held.still.lead", run=run.number, moment=words.moment(run.started_at), names=_titles(news.held_before)),
        lines=tuple(_reasons(news.held_before, words)),
        after=(words("held.approve", command=approval(run)),),
        links=console_pages(console_url, f"/runs/{run.number}"),
        footer=words("footer"),
    )


def _reasons(held: Sequence[CategoryFacts], words: Words) -> Iterator[str]:
    for category in held:
        for reason in category.held:
            yield words("held.reason", title=category.title, reason=words.own(reason) or reason)


def _titles(held: Sequence[CategoryFacts]) -> str:
    return ", ".join(category.title for category in held)


def missed_letter(
    nights: Sequence[datetime],
    words: Words,
    console_url: str | None = None,
    *,
    why: Reason | None = None,
    caught_up: bool = False,
) -> Letter:
    """Say that nightly runs did not take place; ``why`` is for a reason that is known, such as a broken rules file."""
    lines = [words("missed.night", moment=words.moment(due)) for due in nights] if 1 < len(nights) <= MOST_NIGHTS else []
    if why is not None:
        lines.append(words("missed.why", why=_reason(why, words)))
    lines.append(words("missed.caught_up") if caught_up else words("missed.do"))
    many = "" if len(nights) == 1 else ".many"
    moments = {"n": len(nights), "moment": words.moment(nights[-1]), "first": words.moment(nights[0])}
    return Letter(
        language=words.language,
        subject=words(f"missed.subject{many}", **moments),
        lead=words(f"missed.lead{many}", **moments),
        lines=tuple(lines),
        links=console_pages(console_url, "/"),
        footer=words("footer"),
    )


def silent_letter(silent: Mapping[Names, datetime | None], words: Words, console_url: str | None = None) -> Letter:
    """Say which categories have had no good run for too long, and since when."""
    names = ", ".join(_title(name) for name in silent)
    return Letter(
        language=words.language,
        subject=words("silent.subject", names=names),
        lead=words("silent.lead", names=names),
        lines=tuple(
            words("silent.last", title=_title(name), moment=words.moment(last))
            if last is not None
            else words("silent.never", title=_title(name))
            for name, last in silent.items()
        ),
        after=(words("silent.do"),),
        links=console_pages(console_url, "/"),
        footer=words("footer"),
    )


def newly_silent(
    last_good: Mapping[Names, datetime | None], said_at: Mapping[str, datetime], told_about: AbstractSet[str] | None
) -> dict[Names, datetime | None]:
    """Give the silent categories of whose silence nobody has heard, neither in these words nor in others.

    ``said_at`` tells by fingerprint when silences were told; one before the last good run is over. ``told_about`` names the
    categories that mails spoke of lately, ``None``: all of them.
    """
    if told_about is None:
        return {}

    def is_said(name: Names, last: datetime | None) -> bool:
        at = said_at.get(as_silent(name).fingerprint)
        return at is not None and (last is None or last <= at)

    return {name: last for name, last in last_good.items() if not is_said(name, last) and not told_about & {*_spoken(name)}}


def as_silent(name: Names) -> Said:
    """Give a category's silence as something that was told."""
    return Said(digest(["silent", *name]), Topic.SILENT, "silent", *name)


def _reason(why: Reason, words: Words) -> str:
    """Give a reason in the mail's language: the program's own words are English."""
    return why.words if why.words and words.language == "en" else words.named("why", why.code)


def _planned(title: str, rows: Sequence[Any], words: Words) -> Table:
    """Count a plan's changes by what they do, to which records, in which system."""
    counted = amounts_of(rows)
    lines = tuple(
        (words.named("action", action), words.named("record", record), words.named("system", system), str(number))
        for action, record, system, number in counted
    )
    heading = words("held.heading", title=title, n=words.count(sum(number for *_, number in counted), "change"))
    columns = (words("column.what"), words("column.record"), words("column.where"), words("column.number"))
    return Table(heading, (), columns, lines)


def _title(name: Names) -> str:
    return " / ".join(name)


def _spoken(name: Names) -> Names:
    """Give the ways in which mails name a category: conflicts know no CMDB."""
    return _title(name), name[1]
