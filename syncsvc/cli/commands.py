"""Every command with its options; what a command does is imported when it is called.

Nothing heavy is imported here, so that ``--help`` and ``--version`` answer at once. Commands with commands of their own are in
``groups.py``.
"""

# ruff: noqa: PLC0415 - see above: each command imports its own group

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from syncsvc import __version__
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.groups import conflicts_app, console_app, db_app, links_app, rules_app
from syncsvc.cli.options import LARGEST, AsJson, Category, EnvFile, Full, OneAsset, OneCi, OneRun, RetryCredentials, RulesFile
from syncsvc.cli.streams import write

TRY, RUN, LOOK, KEEP = "Try it", "Synchronise", "Look at what happened", "Set up"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.add_typer(links_app, name="links", rich_help_panel=LOOK)
app.add_typer(conflicts_app, name="conflicts", rich_help_panel=LOOK)
app.add_typer(rules_app, name="rules", rich_help_panel=KEEP)
app.add_typer(db_app, name="db", rich_help_panel=KEEP)
app.add_typer(console_app, name="console", rich_help_panel=KEEP)


@app.callback(invoke_without_command=True)
def syncsvc(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False
) -> None:
    """Keep C2 ITSM's CMDB and Hector's asset inventory in step."""
    if version:
        say_version()
        raise typer.Exit
    if context.invoked_subcommand is None:
        write(context.get_help())
        raise typer.Exit(ExitCode.WRONG_USAGE)


@app.command(rich_help_panel=TRY)
def demo(
    *,
    keep: Annotated[
        Path | None, typer.Option("--keep", show_default=False, help="Directory to keep the demo's database in.")
    ] = None,
) -> int:
    """Show a whole synchronisation between two sandbox systems, start to end; needs nothing else."""
    from syncsvc.cli import demo as group

    return group.demo(keep)


@app.command(rich_help_panel=TRY)
def sandbox(
    *,
    seed: Annotated[int, typer.Option(help="Makes another inventory of the same kind.")] = 1,
    c2_port: Annotated[int, typer.Option("--c2-port", min=0, max=65535)] = 8801,
    hector_port: Annotated[int, typer.Option("--hector-port", min=0, max=65535)] = 8802,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    empty: Annotated[bool, typer.Option("--empty", help="Begin with nothing in either system.")] = False,
) -> int:
    """Keep the two sandbox systems running, to try the service against."""
    from syncsvc.cli import sandbox as group

    return group.sandbox(seed=seed, host=host, ports=(c2_port, hector_port), empty=empty)


@app.command(rich_help_panel=RUN)
def sync(
    *,
    category: Category = None,
    ci: OneCi = None,
    asset: OneAsset = None,
    full: Full = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop after planning and show the plan.")] = False,
    approve: Annotated[
        int | None, typer.Option(min=1, max=LARGEST, show_default=False, help="Carry out what this held run would have done.")
    ] = None,
    retry_credentials: RetryCredentials = False,
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Synchronise now."""
    from syncsvc.cli import sync as group

    asked = group.Asked(
        category=category,
        ci=ci,
        asset=asset,
        full=full,
        dry_run=dry_run,
        approve=approve,
        retry_credentials=retry_credentials,
    )
    return group.sync(asked, as_json=as_json, rules_file=rules_file, env_file=env_file)


@app.command(rich_help_panel=RUN)
def plan(
    *,
    category: Category = None,
    ci: OneCi = None,
    asset: OneAsset = None,
    full: Full = False,
    retry_credentials: RetryCredentials = False,
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Show what a run would do, without writing anything."""
    from syncsvc.cli import sync as group

    asked = group.Asked(category=category, ci=ci, asset=asset, full=full, dry_run=True, retry_credentials=retry_credentials)
    return group.sync(asked, as_json=as_json, rules_file=rules_file, env_file=env_file)


@app.command(rich_help_panel=RUN)
def undo(
    *,
    run: Annotated[int, typer.Argument(metavar="RUN", min=1, max=LARGEST, help="Number of the run to undo.", show_default=False)],
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this nothing is written.")] = False,
    retry_credentials: RetryCredentials = False,
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Show what would put back what a run changed, where nobody has changed it since; --apply does it.

    Nothing is deleted or parted: what a run made or linked is listed with what can be done about it by hand.

    The next runs leave what was put back as it is, until somebody changes it on either side.
    """
    from syncsvc.cli import undo as group

    return group.undo(
        run, apply=apply, retry_credentials=retry_credentials, as_json=as_json, rules_file=rules_file, env_file=env_file
    )


@app.command(rich_help_panel=RUN)
def serve(*, rules_file: RulesFile = None, env_file: EnvFile = None) -> int:
    """Keep synchronising every night, and answer at the port of the console, until Ctrl-C or SIGTERM."""
    # Until there is a handler, SIGTERM means nothing to the first process of a container; what is imported here takes seconds.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(ExitCode.WELL))
    try:
        from syncsvc.cli import serve as group

        return group.serve(rules_file=rules_file, env_file=env_file)
    finally:
        signal.signal(signal.SIGTERM, before)


@app.command(rich_help_panel=KEEP)
def doctor(
    *,
    test_mail: Annotated[bool, typer.Option("--test-mail", help="Send one message to those whom the rules name.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", dir_okay=False, show_default=False, help="Write a report to pass on: no secrets.")
    ] = None,
    retry_credentials: RetryCredentials = False,
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Try every call that a sync needs to read, without writing to either system, and say what to mend."""
    from syncsvc.cli import doctor as group

    asked = group.Asked(test_mail=test_mail, report=report, retry_credentials=retry_credentials)
    return group.doctor(asked, as_json=as_json, rules_file=rules_file, env_file=env_file)


@app.command(rich_help_panel=LOOK)
def runs(
    *,
    limit: Annotated[int, typer.Option(min=1, max=LARGEST, help="How many to list at the most.")] = 50,
    as_json: AsJson = False,
    env_file: EnvFile = None,
) -> int:
    """List the runs, newest first."""
    from syncsvc.cli import look as group

    return group.runs(limit=limit, as_json=as_json, env_file=env_file)


@app.command(rich_help_panel=LOOK)
def log(
    *,
    run: Annotated[int, typer.Argument(metavar="RUN", min=1, max=LARGEST, help="Number of the run.", show_default=False)],
    as_json: AsJson = False,
    env_file: EnvFile = None,
) -> int:
    """Show a run's log."""
    from syncsvc.cli import look as group

    return group.log(run, as_json=as_json, env_file=env_file)


@app.command(rich_help_panel=LOOK)
def errors(*, run: OneRun = None, as_json: AsJson = False, env_file: EnvFile = None) -> int:
    """List what went wrong in a run, and what to do about it."""
    from syncsvc.cli import look as group

    return group.errors(run, as_json=as_json, env_file=env_file)


@app.command(rich_help_panel=LOOK)
def changes(*, run: OneRun = None, as_json: AsJson = False, env_file: EnvFile = None) -> int:
    """List what a run changed, field by field, and why."""
    from syncsvc.cli import look as group

    return group.changes(run, as_json=as_json, env_file=env_file)


@app.command(rich_help_panel=LOOK)
def explain(
    *,
    name: Annotated[
        str, typer.Argument(metavar="CI-OR-ASSET", help="A CI's number, or an asset's tag or id.", show_default=False)
    ],
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Tell one record's story, field by field: what each side holds, who changed what, what the next run will do and why.

    Both systems are read and neither is written.

    A run that is under way is not waited for: what it does meanwhile may already be different.
    """
    from syncsvc.cli import explain as group

    return group.explain(name, as_json=as_json, rules_file=rules_file, env_file=env_file)


def say_version() -> int:
    """Say which version this is."""
    write(f"syncsvc {__version__}")
    return ExitCode.WELL
