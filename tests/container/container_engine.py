"""What builds and runs the image: Docker where its engine answers, otherwise buildah and podman without any service."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NEITHER = (
    "There is neither a Docker engine that answers nor buildah and podman. "
    "Install one of them; on Debian: apt-get install buildah podman runc debootstrap"
)
HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=host")


@dataclass(frozen=True)
class Ended:
    """What a call printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Container:
    """A container that was started and has not been waited for."""

    engine: Engine
    name: str

    def call(self, *arguments: str) -> Ended:
        """Carry out a program inside."""
        return self.engine.call("exec", self.name, *arguments)

    def is_healthy(self) -> bool:
        """Ask the image's own health check."""
        if self.engine.has_timers:
            return str(self.engine.inspect(self.name)["State"]["Health"]["Status"]) == "healthy"
        return self.engine.call("healthcheck", "run", self.name).code == 0

    def stop(self, seconds: int) -> int:
        """Send the image's stop signal, SIGKILL when that did not end it in time, and give the exit code."""
        self.engine.call("stop", f"--time={seconds}", self.name)
        return self.exit_code()

    def kill(self) -> None:
        self.engine.call("kill", "--signal=KILL", self.name)
        self.exit_code()

    def exit_code(self) -> int:
        return int(self.engine.call("wait", self.name).out)

    def log(self) -> str:
        found = self.engine.call("logs", self.name)
        return found.out + found.err


@dataclass(frozen=True)
class Engine:
    """How containers are built and run here."""

    program: tuple[str, ...]
    builder: tuple[str, ...]
    run_options: tuple[str, ...] = ()
    has_timers: bool = False
    """Whether the engine carries out health checks by itself."""
    image: str = "syncsvc:under-test"
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_docker(self) -> bool:
        return self.program == ("docker",)

    def call(self, *arguments: str, timeout: float = 300) -> Ended:
        done = subprocess.run([*self.program, *arguments], capture_output=True, text=True, timeout=timeout, check=False)
        return Ended(done.returncode, done.stdout, done.stderr)

    def inspect(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("inspect", name).document[0]
        return found

    def run(self, *arguments: str, entrypoint: str = "", mounts: Mapping[Path, str] | None = None, **settings: str) -> Ended:
        """Carry out one command in a container of its own, as hardened as the service."""
        return self.call("run", "--rm", *self._options(entrypoint, mounts, settings), self.image, *arguments)

    @contextlib.contextmanager
    def running(self, *arguments: str, mounts: Mapping[Path, str] | None = None, **settings: str) -> Iterator[Container]:
        """Keep a container running; at the end it is removed, whatever it does."""
        name = f"syncsvc-test-{uuid.uuid4().hex[:12]}"
        started = self.call("run", "--detach", f"--name={name}", *self._options("", mounts, settings), self.image, *arguments)
        try:
            assert started.code == 0, started.err
            yield Container(self, name)
        finally:
            self.call("rm", "--force", "--volumes", name)

    def _options(self, entrypoint: str, mounts: Mapping[Path, str] | None, settings: Mapping[str, str]) -> list[str]:
        options = [*HARDENED, *self.run_options]
        options += [f"--entrypoint={entrypoint}"] if entrypoint else []
        options += [f"--volume={place}:{inside}" for place, inside in (mounts or {}).items()]
        return options + [f"--env={name}={value}" for name, value in settings.items()]


def find_engine(storage: Path) -> Engine | None:
    """Give what there is; podman and buildah keep everything in ``storage``, apart from what else they may hold here."""
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        return Engine(("docker",), ("docker", "build"), has_timers=True)
    if not (shutil.which("podman") and shutil.which("buildah")):
        return None
    apart = (f"--root={storage / 'root'}", f"--runroot={storage / 'run'}")
    runtime = ("--runtime=runc",) if shutil.which("runc") else ()
    # What an ordinary machine would do by systemd, cgroups and a bridge is done without them: they are missing in many a CI.
    return Engine(
        ("podman", *apart, "--cgroup-manager=cgroupfs", *runtime),
        ("buildah", *apart, "build", "--isolation=chroot", "--network=host", "--format=docker"),
        ("--read-only-tmpfs=false", "--ulimit=nofile=1024:4096", "--ulimit=nproc=1024:2048"),
    )
