"""What a mail says after a run: the errors and conflicts that are new, and that all is well again. Pure, from plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from syncsvc.domain.plan import RunStatus
from syncsvc.notify.news import CONFLICT, SAID_ONCE, News, Row, RunFacts
from syncsvc.notify.render import Letter, Sheet, Table
from syncsvc.notify.texts import Words

MOST_ROWS = 50
_COLUMNS = ("ci", "asset", "field", "c2", "hector", "detail")
_SHEET_COLUMNS = ("state", "cmdb", "category", "kind", *_COLUMNS, "do")


def errors_letter(run: RunFacts, news: News, words: Words, console_url: str | None = None) -> Letter:
    """Say what went wrong in a run: first what matters, then what is new; what stands unchanged is one line."""
    shown = _by_group(news.new)[:MOST_ROWS]
    return Letter(
        language=words.language,
        subject=_subject(run, news, words),
        lead=_lead(run, news, words),
        lines=tuple(_lines(run, news, words)),
        tables=tuple(_tables(shown, news.new, words)),
        after=tuple(_after(run, news, len(shown), words)),
        links=console_pages(console_url, f"/runs/{run.number}", *(["/conflicts"] if _any_conflict(news) else [])),
        footer=words("footer"),
        sheet=_sheet(run, news, words) if news.is_bad else None,
    )


def recovered_letter(run: RunFacts, news: News, words: Words, console_url: str | None = None) -> Letter:
    """Say that what was reported is over."""
    ended = Counter((" / ".join(name for name in (one.cmdb, one.category) if name), one.kind) for one in news.over)
    lines = (
        words("recovered.line", title=title or words("everywhere"), kind=words.named("kind", kind), n=number)
        for (title, kind), number in sorted(ended.items())
    )
    return Letter(
        language=words.language,
        subject=words("recovered.subject", run=run.number, day=words.day(run.started_at)),
        lead=words("recovered.lead", run=run.number, moment=words.moment(run.started_at)),
        lines=tuple(lines),
        links=console_pages(console_url, f"/runs/{run.number}"),
        footer=words("footer"),
    )


def approval(run: RunFacts) -> str:
    """Give the command that lets a held run go on."""
    return f"syncsvc sync --approve {run.number}"


def console_pages(console_url: str | None, *paths: str) -> tuple[str, ...]:
    """Give the addresses of pages of the console; none where nobody said where people reach it."""
    return tuple(f"{console_url.rstrip('/')}{path}" for path in paths) if console_url else ()


def _any_conflict(news: News) -> bool:
    return any(row.conflict is not None for row in (*news.new, *news.before))


def _subject(run: RunFacts, news: News, words: Words) -> str:
    known = {"run": run.number, "day": words.day(run.started_at)}
    if run.status == RunStatus.FAILED.value:
        return words("failed.subject", **known)
    before = words("before.short", n=len(news.before)) if news.before else ""
    return words("errors.subject", counts=", ".join(part for part in (_counts(news.new, words), before) if part), **known)


def _lead(run: RunFacts, news: News, words: Words) -> str:
    known = {"run": run.number, "moment": words.moment(run.started_at)}
    if run.status == RunStatus.FAILED.value:
        everywhere = [row for row in (*news.new, *news.before) if row.category is None]
        anywhere = everywhere or [*news.new, *news.before]
        why = _why(anywhere[0], words) if anywhere else words("failed.unknown", run=run.number)
        return words("failed.lead", why=why, **known)
    if run.status == RunStatus.INTERRUPTED.value:
        return words("interrupted.lead", counts=_counts((*news.new, *news.before), words), **known)
    if not news.new:
        return words("nothing_new.lead", **known)
    return words("errors.lead", counts=_counts(news.new, words), **known)


def _why(row: Row, words: Words) -> str:
    """Say what ended a run: where that cannot be said in this language, by its kind; the table has the words that were said."""
    return words.own(row.message) or f"{words.named('kind', row.kind)}."


def _lines(run: RunFacts, news: News, words: Words) -> Iterator[str]:
    """Say what needs no table, a line each."""
    failed = [category.title for category in run.categories if category.status == RunStatus.FAILED.value]
    if failed:
        yield words("not_synchronised.line", names=", ".join(failed))
    if news.held:
        yield words("held.line", names=", ".join(category.title for category in news.waits))
    elif news.held_before:
        names = ", ".join(category.title for category in news.held_before)
        yield words("held.before.line", names=names, command=approval(run))
    if news.before:
        yield words("before.line", n=len(news.before))
    if news.over:
        yield words("over.line", n=len(news.over))


def _tables(shown: Sequence[Row], every: Sequence[Row], words: Words) -> Iterator[Table]:
    """Give a table a category and kind: what is to be done stands above it where all its rows say the same, else in each row."""
    in_all = Counter(_group(row) for row in every)
    for group in dict.fromkeys(_group(row) for row in shown):
        rows = [row for row in shown if _group(row) == group]
        title, kind = group
        heading = words("heading", title=title or words("everywhere"), kind=words.named("kind", kind), n=in_all[group])
        advice = [_advice(row, words) for row in rows]
        cells = [_cells(row, words) for row in rows]
        if len(set(advice)) == 1:
            yield Table(heading, (advice[0],), _named(_COLUMNS, words), tuple(cells))
        else:
            told = tuple((*of_row, what) for of_row, what in zip(cells, advice, strict=True))
            yield Table(heading, (), _named((*_COLUMNS, "do"), words), told)


def _named(columns: Iterable[str], words: Words) -> tuple[str, ...]:
    return tuple(words(f"column.{name}") for name in columns)


def _advice(row: Row, words: Words) -> str:
    """Say what to do: as the run itself said it, where that can be said in this language; else by kind."""
    return (words.own(row.hint) if row.hint else None) or words.named("do", row.kind)


def _cells(row: Row, words: Words) -> tuple[str, ...]:
    values = (words.value(row.c2_value), words.value(row.hector_value))
    return (row.ci or "", row.asset or "", row.field or "", *values, _detail(row, words))


def _detail(row: Row, words: Words) -> str:
    if row.conflict is None:
        return words.own(row.message) or row.message
    return f"{words('both_changed')} syncsvc conflicts resolve {row.conflict} --use c2|hector"


def _after(run: RunFacts, news: News, shown: int, words: Words) -> Iterator[str]:
    if shown < len(news.new):
        yield words("shown.line", shown=shown, total=len(news.new))
    rows = (*news.new, *news.before)
    commands = [f"syncsvc errors --run {run.number}"] if any(row.conflict is None for row in rows) else []
    commands += ["syncsvc conflicts"] if _any_conflict(news) else []
    yield words("more.line", commands=" · ".join([*commands, f"syncsvc log {run.number}"]))


def _sheet(run: RunFacts, news: News, words: Words) -> Sheet:
    """Give every row of the run, what was said before too."""
    states = ((words("state.new"), _by_group(news.new)), (words("state.before"), _by_group(news.before)))
    rows = (
        (
            state,
            row.cmdb or "",
            row.category or "",
            words.named("kind", row.kind),
            *_cells(row, words),
            _advice(row, words),
        )
        for state, rows in states
        for row in rows
    )
    return Sheet(f"syncsvc-{run.number}.csv", _named(_SHEET_COLUMNS, words), tuple(rows))


def _counts(rows: Sequence[Row], words: Words) -> str:
    conflicts = sum(row.kind == CONFLICT for row in rows)
    return words.counts((len(rows) - conflicts, "error"), (conflicts, "conflict"))


def _by_group(rows: Sequence[Row]) -> list[Row]:
    """Order rows by category and kind: first what concerns the whole run, last what is merely told."""
    return sorted(rows, key=lambda row: (row.title, row.kind in SAID_ONCE, row.kind))


def _group(row: Row) -> tuple[str, str]:
    return row.title, row.kind
