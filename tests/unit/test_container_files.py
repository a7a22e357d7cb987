"""The files around the image agree with each other and with the code: Dockerfile, docker-compose.yml, the sandbox's settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from syncsvc import __version__
from syncsvc.sandbox import Sandbox
from syncsvc.settings import load_settings
from syncsvc.shipped import shipped

ROOT = shipped("docker-compose.yml").parent
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
TENANT = ROOT / "config" / "sandbox"
SERVICES = sorted(COMPOSE["services"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_without_rights_and_within_limits(name: str) -> None:
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} <= service["deploy"]["resources"]["limits"].keys()
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_without_a_profile_there_are_the_service_and_its_database_alone() -> None:
    assert [name for name in SERVICES if "profiles" not in COMPOSE["services"][name]] == ["postgres", "syncsvc"]


def test_the_sandbox_profile_needs_no_settings_of_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        line.split("=", 1) for line in (TENANT / "settings.env").read_text(encoding="utf-8").splitlines() if line[0] != "#"
    ):
        monkeypatch.setenv(name, "".join(shlex.split(value)))
    settings = load_settings(None, secrets_dir=TENANT / "secrets")
    settings.require_systems()

    box = Sandbox()
    assert settings.c2.username == box.username
    assert settings.c2.password.get_secret_value() == box.password
    assert settings.hector.token.get_secret_value() == box.token
    assert (ROOT / settings.rules).is_file()
    assert settings.console.may_be_served
    assert COMPOSE["services"]["syncsvc"]["ports"] == [f"127.0.0.1:${{CONSOLE_PORT:-{urlsplit(settings.console.url).port}}}:8080"]
    assert {urlsplit(settings.c2.url).hostname, settings.smtp.host} <= COMPOSE["services"].keys()


def test_the_sandbox_database_is_the_one_that_is_made() -> None:
    url = urlsplit((TENANT / "secrets" / "syncsvc_database_url").read_text(encoding="utf-8").strip())
    made = COMPOSE["services"]["postgres"]["environment"]

    assert (url.hostname, url.username, url.path) == ("postgres", made["POSTGRES_USER"], f"/{made['POSTGRES_DB']}")
    assert url.password == (TENANT / "secrets" / "postgres_password").read_text(encoding="utf-8").strip()


def test_every_secret_is_a_file_that_the_sandbox_has() -> None:
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])}

    assert used == COMPOSE["secrets"].keys() == {file.name for file in (TENANT / "secrets").iterdir()}
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"] == "${TENANT:-./config/sandbox}/secrets/" + name


def test_image_and_compose_are_of_this_version() -> None:
    images = {service["image"] for service in COMPOSE["services"].values()}

    assert f"ARG VERSION={__version__}\n" in DOCKERFILE
    assert f"syncsvc:{__version__}" in images


def test_whatever_is_copied_is_let_in_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {word for line in re.findall(r"^COPY ([^-].*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}

    assert lines[lines.index("*") :][0] == "*"
    assert {line.strip("!/") for line in lines if line.startswith("!")} == copied
    assert all(Path(ROOT / name).exists() for name in copied)
