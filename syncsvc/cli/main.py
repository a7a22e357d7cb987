"""Every command with its options, and the entry point; what a command does is imported when it is called.

Nothing heavy is imported here, so that ``--help`` and ``--version`` answer at once.
"""

# ruff: noqa: PLC0415 - see above: each command imports its own group

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from syncsvc import __version__
from syncsvc.cli.errors import INTERRUPTED, ExitCode, tell
from syncsvc.cli.streams import be_lenient, write
from syncsvc.domain.records import Side

LARGEST = 2**31 - 1
"""The largest number that the database keeps; what is beyond is refused as wrong usage."""
TRY, RUN, LOOK, KEEP = "Try it", "Synchronise", "Look at what happened", "Set up"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
rules_app = typer.Typer(help="The rules file: what is synchronised.")
db_app = typer.Typer(help="The database.")
console_app = typer.Typer(help="The web console.")
links_app = typer.Typer()
conflicts_app = typer.Typer()
app.add_typer(links_app, name="links", rich_help_panel=LOOK)
app.add_typer(conflicts_app, name="conflicts", rich_help_panel=LOOK)
app.add_typer(rules_app, name="rules", rich_help_panel=KEEP)
app.add_typer(db_app, name="db", rich_help_panel=KEEP)
app.add_typer(console_app, name="console", rich_help_panel=KEEP)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", exists=True, dir_okay=False, show_default=False, help="File of settings to read instead of .env."),
]
RulesFile = Annotated[
    Path | None, typer.Option("--rules", show_default=False, help="Rules file to use instead of SYNCSVC_RULES.")
]
Category = Annotated[str | None, typer.Option("--category", show_default=False, help="Only this C2 category, by its name.")]
OneRun = Annotated[
    int | None, typer.Option("--run", min=1, max=LARGEST, show_default=False, help="Number of the run instead of the latest.")
]
Full = Annotated[bool, typer.Option("--full", help="Read everything, whatever the schedule says of today.")]
OneCi = Annotated[str | None, typer.Option("--ci", show_default=False, help="Only this CI, by its number.")]
RetryCredentials = Annotated[
    bool, typer.Option("--retry-credentials", help="Try credentials again that a system refused in an earlier run.")
]
OneAsset = Annotated[str | None, typer.Option("--asset", show_default=False, help="Only this asset, by its tag or its id.")]


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


@links_app.callback(invoke_without_command=True)
def links(context: typer.Context, *, category: Category = None, as_json: AsJson = False, env_file: EnvFile = None) -> int | None:
    """List which CI and which asset are the same thing; join or part two by hand."""
    if context.invoked_subcommand is not None:
        _refuse_options(category, as_json, env_file)
        return None
    from syncsvc.cli import look as group

    return group.links(category, as_json=as_json, env_file=env_file)


@links_app.command("add")
def links_add(
    *,
    ci: Annotated[str, typer.Option("--ci", metavar="NUMBER", help="The CI, by its number.")],
    asset: Annotated[str, typer.Option("--asset", metavar="TAG-OR-ID", help="The asset, by its tag or its id.")],
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Join a CI and an asset by hand."""
    from syncsvc.cli import hand as group

    return group.add(ci, asset, as_json=as_json, rules_file=rules_file, env_file=env_file)


@links_app.command("remove")
def links_remove(
    *,
    ci: Annotated[str | None, typer.Option("--ci", metavar="NUMBER", show_default=False, help="The pair's CI.")] = None,
    asset: Annotated[
        str | None, typer.Option("--asset", metavar="TAG-OR-ID", show_default=False, help="Its asset; one of the two is enough.")
    ] = None,
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Part a pair by hand; it is not joined again."""
    from syncsvc.cli import hand as group

    return group.remove(ci, asset, as_json=as_json, rules_file=rules_file, env_file=env_file)


@conflicts_app.callback(invoke_without_command=True)
def conflicts(context: typer.Context, *, as_json: AsJson = False, env_file: EnvFile = None) -> int | None:
    """List the fields that were changed to different values on both sides; settle them."""
    if context.invoked_subcommand is not None:
        _refuse_options(as_json, env_file)
        return None
    from syncsvc.cli import look as group

    return group.conflicts(as_json=as_json, env_file=env_file)


@conflicts_app.command("resolve")
def conflicts_resolve(
    *,
    ids: Annotated[list[int], typer.Argument(metavar="ID", min=1, max=LARGEST, help="Numbers of conflicts.", show_default=False)],
    use: Annotated[Side, typer.Option("--use", help="Whose value counts.", show_default=False)],
    as_json: AsJson = False,
    env_file: EnvFile = None,
) -> int:
    """Settle conflicts: the next run gives the other side this one's value."""
    from syncsvc.cli import hand as group

    return group.resolve(ids, use, as_json=as_json, env_file=env_file)


def _refuse_options(*options: object) -> None:
    """Refuse options of a listing that stand before one of its commands, where they would mean nothing."""
    if any(option not in {None, False} for option in options):
        raise typer.BadParameter("options are written behind the command that they are for")


@rules_app.command("check")
def rules_check(
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Check the file by itself; ask neither system.")] = False,
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Check the rules file against itself and against the two systems."""
    from syncsvc.cli import rules as group

    return group.check(offline=offline, as_json=as_json, rules_file=rules_file, env_file=env_file)


@rules_app.command("show")
def rules_show(
    *,
    category: Category = None,
    offline: Annotated[bool, typer.Option("--offline", help="Say it from the file alone; ask neither system.")] = False,
    as_json: AsJson = False,
    rules_file: RulesFile = None,
    env_file: EnvFile = None,
) -> int:
    """Say in words what the rules will do, field by field."""
    from syncsvc.cli import rules_show as group

    return group.show(category=category, offline=offline, as_json=as_json, rules_file=rules_file, env_file=env_file)


@rules_app.command("init")
def rules_init(
    *,
    output: Annotated[
        Path | None, typer.Option("--output", show_default=False, help="File to write instead of the one SYNCSVC_RULES names.")
    ] = None,
    cmdbs: Annotated[
        list[str] | None, typer.Option("--cmdb", show_default=False, help="Only this CMDB, by its name; may be said again.")
    ] = None,
    as_json: AsJson = False,
    env_file: EnvFile = None,
) -> int:
    """Write a commented starting rules file from what the two systems offer."""
    from syncsvc.cli import rules_init as group

    return group.init(output=output, cmdbs=cmdbs or [], as_json=as_json, env_file=env_file)


@rules_app.command("schema")
def rules_schema() -> int:
    """Print the JSON Schema of the rules file, for editors."""
    from syncsvc.cli import rules as group

    return group.print_schema()


@db_app.command("upgrade")
def db_upgrade(*, as_json: AsJson = False, env_file: EnvFile = None) -> int:
    """Bring the database to this version (sync does so too)."""
    from syncsvc.cli import database as group

    return group.upgrade(as_json=as_json, env_file=env_file)


@console_app.command("hash")
def console_hash() -> int:
    """Make the hash of a password for the console."""
    from syncsvc.cli import console as group

    return group.make_hash()


@cache
def _command() -> Callable[..., Any]:
    """Give the whole command line, put together once: a program that calls :func:`main` often need not wait for it each time."""
    return typer.main.get_command(app)


def say_version() -> int:
    """Say which version this is."""
    write(f"syncsvc {__version__}")
    return ExitCode.WELL


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line and give its exit code; whatever happens ends in words."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        return say_version()  # typer's own way there takes it twice as long
    try:
        code = _command()(given, prog_name="syncsvc", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place that turns all of them into words
        code = tell(error, as_json="--json" in given)
    else:
        if code == INTERRUPTED:
            tell(KeyboardInterrupt(), as_json=False)
    return int(code or 0)


def run() -> NoReturn:
    """Be the console script."""
    # What is imported stays: looking for garbage in it every 700 objects takes a fifth of the time until a command begins.
    gc.set_threshold(10_000, 20, 20)
    be_lenient()
    sys.exit(main())
