"""``make test-mutants``: write each wrong into a copy of the code, and see that the tests fail for it.

The work tree itself is never touched. A wrong whose texts do not stand in the code exactly once ends everything: a list that no
longer fits the code would prove nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("syncsvc", "tests", "migrations", "config", "pyproject.toml", "README.md")
HISTORIES = "300"
"""Simulated histories that have a chance to notice."""
TIMED_OUT = -1
"""Stands for tests that were ended by their time-out: a wrong that only makes them slow is not caught."""
FAILED = 1
"""pytest's exit code when tests failed; any other but 0 says that they could not be run."""


class MisfitError(Exception):
    """A mutant's text is not in the code, or more than once."""


def main(wanted: list[str]) -> int:
    """Try the mutants whose words contain one of ``wanted`` (none given: all); gives the exit code."""
    chosen = [one for one in MUTANTS if not wanted or any(word in one.wrong for word in wanted)]
    with tempfile.TemporaryDirectory(prefix="syncsvc-mutants-") as directory:
        copy = _copy(Path(directory))
        for one in MUTANTS:
            _mutated(one, copy)
        tests = sorted({test for one in chosen for test in one.tests})
        code, said = _run(copy, tests)
        if code:
            _say(f"Without any wrong the tests should pass, and they do not ({said}).")
            return 2
        survived = [one for one in chosen if not _is_caught(copy, one)]
    _say(f"\n{len(chosen) - len(survived)} of {len(chosen)} wrongs were caught.")
    return 1 if survived else 0


def _mutated(one: Mutant, copy: Path) -> dict[str, str]:
    """Give the files with the wrong in them; raises :class:`MisfitError`."""
    files: dict[str, str] = {}
    for file, old, new in one.changes:
        text = files.get(file) or (copy / file).read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise MisfitError(f"“{one.wrong}”: its text stands {text.count(old)} times in {file}, not once:\n{old}")
        files[file] = text.replace(old, new)
    return files


def _copy(directory: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".hypothesis")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, directory / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, directory / part)
    return directory


def _is_caught(copy: Path, one: Mutant) -> bool:
    """Whether every listed suite notices; a list that names more than that would claim what is not so."""
    files = _mutated(one, copy)
    whole = {file: (copy / file).read_text(encoding="utf-8") for file in files}
    for file, text in files.items():
        (copy / file).write_text(text, encoding="utf-8")
    try:
        ran = [(suite, *_run(copy, [suite])) for suite in one.tests]
    finally:
        for file, text in whole.items():
            (copy / file).write_text(text, encoding="utf-8")
    for suite, code, said in ran:
        _say(f"{'caught  ' if code == FAILED else 'SURVIVED'}  {one.wrong:<66} {suite}: {said}")
    return all(code == FAILED for _, code, _ in ran)


def _run(copy: Path, tests: list[str]) -> tuple[int, str]:
    """Run tests in the copy until one fails; gives the exit code, and which failed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SIMULATIONS": HISTORIES,
        "EVERY_POINT": "1",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-n", "0", "--no-header", "--tb", "line", "-r", "fE", *tests]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    if "Failed: Timeout" in done.stdout:
        return TIMED_OUT, "timed out, which shows nothing"
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return done.returncode, found[1] if found else f"exit code {done.returncode}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MisfitError as error:
        sys.exit(str(error))
