"""The options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

LARGEST = 2**31 - 1
"""The largest number that the database keeps; what is beyond is refused as wrong usage."""

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
