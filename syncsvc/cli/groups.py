"""The commands that have commands of their own: links, conflicts, rules, db, console; each with its options.

What a command does is imported when it is called: see ``commands.py``.
"""

# ruff: noqa: PLC0415 - see above: each command imports its own group

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncsvc.cli.options import LARGEST, AsJson, Category, EnvFile, RulesFile
from syncsvc.domain.records import Side

rules_app = typer.Typer(help="The rules file: what is synchronised.")
db_app = typer.Typer(help="The database.")
console_app = typer.Typer(help="The web console.")
links_app = typer.Typer()
conflicts_app = typer.Typer()


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
