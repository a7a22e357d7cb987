"""Build the image; where no registry can be reached, upon a stand-in for its base that is made of Debian's packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from container_engine import Engine

ROOT = Path(__file__).resolve().parents[2]
NO_BASE = "{base} cannot be pulled, and a stand-in for it takes root and debootstrap (apt-get install debootstrap)."
PACKAGES = "python3,python3-venv,ca-certificates"
"""What makes of Debian's least system something like the base."""
PULL_PATIENCE = 120
BUILD_PATIENCE = 1500


def build(engine: Engine, directory: Path) -> str:
    """Build the image and say upon what; raises ``RuntimeError`` in words where that is not possible."""
    base = _base()
    if engine.is_docker:
        _build(engine)
        return f"{base}, by Docker"
    upon = _have_base(engine, base, directory)
    python = engine.call("run", "--rm", *engine.run_options, "--network=host", base, "python3", "-c", _PYTHON).out.strip()
    wheels = _fetch_wheels(directory, python)
    own = directory / "pip.conf"
    own.write_text("[global]\nno-index = true\nfind-links = /wheels\n", encoding="utf-8")
    _build(engine, "--pull-never", f"--volume={wheels}:/wheels:ro", f"--secret=id=pip_conf,src={own}")
    return f"{upon} with Python {python}, by buildah and podman"


_PYTHON = "import sys; print('{}.{}'.format(*sys.version_info))"


def _base() -> str:
    """Give the one image that the Dockerfile begins from."""
    found = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    assert len(found) == 1, found
    return str(found.pop())


def _build(engine: Engine, *options: str) -> None:
    command = [*engine.builder, *options, f"--tag={engine.image}", "."]
    _do(command, "The image could not be built", timeout=BUILD_PATIENCE)


def _have_base(engine: Engine, base: str, directory: Path) -> str:
    """See to it that the base is there, and say what it is."""
    note = directory / "base.txt"
    if engine.call("image", "exists", base).code == 0:
        return note.read_text(encoding="utf-8") if note.exists() else base
    try:
        pulled = engine.call("pull", "--quiet", base, timeout=PULL_PATIENCE).code == 0
    except subprocess.TimeoutExpired:
        pulled = False
    upon = base
    if not pulled:
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            raise RuntimeError(NO_BASE.format(base=base))
        _make_base(engine, base, directory)
        upon = f"a stand-in for {base} of Debian's packages"
    note.write_text(upon, encoding="utf-8")
    return upon


def _make_base(engine: Engine, base: str, directory: Path) -> None:
    """Put Debian's least system with its Python in the base's place, in the storage of the tests alone."""
    release = base.rpartition("-")[2]
    tree, archive = directory / "debian", directory / "debian.tar"
    shutil.rmtree(tree, ignore_errors=True)
    make = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", release, str(tree)]
    _do(make, f"debootstrap could not fetch Debian {release}", timeout=BUILD_PATIENCE)
    _do(["tar", "-C", str(tree), "--exclude=./var/cache/apt/archives/*.deb", "-cf", str(archive), "."], "No room for the base")
    _do([*engine.program, "import", str(archive), base], "The base could not be taken in")
    archive.unlink()
    shutil.rmtree(tree, ignore_errors=True)


def _fetch_wheels(directory: Path, python: str) -> Path:
    """Let this machine's pip fetch the locked packages: it knows where they are to be had, and the builder does not."""
    wheels = directory / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--only-binary=:all:"]
    for lock in ("requirements.lock", "requirements-build.lock"):
        _do([*command, f"--python-version={python}", "-r", lock, f"--dest={wheels}"], f"{lock} could not be fetched")
    return wheels


def _do(command: list[str], failure: str, *, timeout: float = 600) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{failure}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
