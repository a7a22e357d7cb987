"""Every setting with its type, limits, unit and default: how the service runs, never what is synchronised (that is the rules').

Settings made from keyword arguments read nothing else; reading the environment is ``environment.py``'s business.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from syncsvc.database_url import secrets_in
from syncsvc.domain.errors import SettingsError
from syncsvc.settings.forms import (
    NO_SECRET,
    ApiToken,
    Concurrency,
    DatabaseUrl,
    Days,
    EndpointPath,
    Hours,
    LocaleName,
    PageSize,
    PasswordHash,
    Port,
    Seconds,
    SecretUrl,
    TimeZone,
    Trimmed,
    Url,
    is_loopback,
    lower,
    refuse,
)
from syncsvc.settings.names import C2Names, HectorNames

PREFIX = "SYNCSVC_"
LEVEL = "__"
LONG = 12
"""Characters from which on a part of an address is no word that logs need."""


class Group(BaseModel):
    """Settings that belong together; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class _Endpoints(Group):
    def given(self) -> dict[str, str]:
        """Give those paths that are set; for the others the adapter's own hold."""
        return {name: path for name, path in self.model_dump().items() if path is not None}


class C2Endpoints(_Endpoints):
    """Paths of C2's calls, where a tenant's differ from the usual."""

    retrieve_cmdbs: EndpointPath = None
    retrieve_categories: EndpointPath = None
    retrieve_cis: EndpointPath = None
    retrieve_list_items: EndpointPath = None
    retrieve_clients: EndpointPath = None
    save_ci: EndpointPath = None
    update_property: EndpointPath = None


class HectorEndpoints(_Endpoints):
    """Paths of Hector's resources, where a tenant's differ from the usual."""

    users: EndpointPath = None
    stockrooms: EndpointPath = None
    categories: EndpointPath = None
    attributes: EndpointPath = None
    subcategories: EndpointPath = None
    assets: EndpointPath = None


class C2Settings(Group):
    """The C2 tenant and its service account; times in seconds."""

    url: Url = ""
    username: Trimmed = ""
    password: SecretStr = NO_SECRET
    credentials_in: Annotated[Literal["body", "query"], BeforeValidator(lower)] = "body"
    time_zone: TimeZone = "America/Toronto"
    locale: LocaleName = "fr-CA"
    page_size: PageSize = 500
    max_concurrency: Concurrency = 8
    timeout: Seconds = 60
    endpoints: C2Endpoints = C2Endpoints()
    names: C2Names = Field(default_factory=dict)


class HectorSettings(Group):
    """The Hector tenant; times in seconds."""

    url: Url = ""
    token: SecretStr = NO_SECRET
    page_size: PageSize = 500
    max_concurrency: Concurrency = 8
    timeout: Seconds = 60
    endpoints: HectorEndpoints = HectorEndpoints()
    names: HectorNames = Field(default_factory=dict)


class SmtpSettings(Group):
    """The mail server; without a host no mail is sent. The time-out in seconds holds for each step."""

    host: Trimmed = ""
    port: Port = 587
    username: Trimmed = ""
    password: SecretStr = NO_SECRET
    security: Annotated[Literal["starttls", "tls", "none"], BeforeValidator(lower)] = "starttls"
    sender: Trimmed = Field(default="", alias="from")
    timeout: Seconds = 30

    @property
    def is_on(self) -> bool:
        """Whether mails are sent."""
        return bool(self.host)

    def faults(self) -> list[str]:
        """Say what does not go together; a password is never sent for everybody to read."""
        user, password = variable("smtp", "username"), variable("smtp", "password")
        found = []
        if self.is_on and bool(self.username) != bool(self.password.get_secret_value()):
            found.append(f"{password if self.username else user} is missing: a user name and a password go together")
        if self.is_on and self.username and self.security == "none" and not is_loopback(self.host):
            security = variable("smtp", "security")
            found.append(f"{security} must be starttls or tls: with none, the password could be read on its way")
        if self.is_on and self.sender and ("@" not in self.sender or not self.sender.isprintable()):
            found.append(f"{variable('smtp', 'from')} must be an e-mail address; write it like syncsvc@example.org")
        return found


class ConsoleSettings(Group):
    """Where the web console listens, and who may use it."""

    host: Trimmed = "127.0.0.1"
    port: Port = 8080
    url: Url = ""
    """Where people reach it, for links in mails; without it mails have none."""
    username: Trimmed = ""
    password_hash: PasswordHash = NO_SECRET
    api_token: ApiToken = NO_SECRET
    """What programs show to use the API; without one it is off."""

    @property
    def may_be_served(self) -> bool:
        """Whether it is protected well enough: by a password, or by being reachable from this machine alone."""
        return bool(self.password_hash.get_secret_value()) or is_loopback(self.host)

    def faults(self) -> list[str]:
        """Say what does not go together."""
        url, hashed = variable("console", "url"), self.password_hash.get_secret_value()
        parts, found = urlsplit(self.url), []
        if hashed and not self.username:
            found.append(f"{variable('console', 'username')} is missing: a password needs the name that it is for")
        if not hashed and self.url and not is_loopback(parts.hostname or ""):
            # Whoever comes through a proxy on this machine comes from this machine.
            password = variable("console", "password_hash")
            found.append(f"{password} is missing: {url} names an address that others reach, and would let them all in")
        if parts.path:
            found.append(f"{url} must not hold a path: the console's pages begin at /; write it like https://sync.example.org")
        return found


class LogSettings(Group):
    """How much is logged, and in which form."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lower)] = "info"
    format: Annotated[Literal["auto", "json", "console"], BeforeValidator(lower)] = "auto"


class RetrySettings(Group):
    """How often a call is tried, and the longest wait between two tries in seconds."""

    attempts: Annotated[int, Field(ge=1, le=20)] = 6
    max_wait: Seconds = 60


class RetentionSettings(Group):
    """For how many days the service keeps what runs recorded; 0: for good. Links and conflicts are never forgotten."""

    runs: Days = 730
    logs: Days = 90
    changes: Days = 365


class Settings(BaseSettings):
    """All settings; secrets are masked in every form but ``get_secret_value()``."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    c2: C2Settings = C2Settings()
    hector: HectorSettings = HectorSettings()
    database_url: DatabaseUrl = SecretStr("sqlite:///data/syncsvc.db")
    rules: Path = Path("config/sync.yaml")
    smtp: SmtpSettings = SmtpSettings()
    console: ConsoleSettings = ConsoleSettings()
    log: LogSettings = LogSettings()
    retry: RetrySettings = RetrySettings()
    retention: RetentionSettings = RetentionSettings()
    silent_after: Hours = 26
    heartbeat_url: SecretUrl = NO_SECRET
    allow_http: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the form that pydantic-settings asks for
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take keyword arguments alone: what tests build must not depend on the machine they run on."""
        return (init_settings,)

    @model_validator(mode="after")
    def _joint_conditions(self) -> Settings:
        faults = [
            f"{variable(name, 'url')} must begin with https:// (http is for loopback only, or with {variable('allow_http')}=true)"
            for name, url in (("c2", self.c2.url), ("hector", self.hector.url))
            if url.startswith("http://") and not self.allow_http and not is_loopback(urlsplit(url).hostname or "")
        ]
        if self.smtp.is_on and not self.smtp.sender:
            faults.append(f"{variable('smtp', 'from')} is missing: write the address that mails come from")
        faults += [*self.smtp.faults(), *self.console.faults()]
        if faults:
            raise refuse("\n".join(faults))
        return self

    def require_systems(self) -> None:
        """Raise :class:`SettingsError` naming every variable that is missing to speak with both systems."""
        needed = {
            variable("c2", "url"): self.c2.url,
            variable("c2", "username"): self.c2.username,
            variable("c2", "password"): self.c2.password.get_secret_value(),
            variable("hector", "url"): self.hector.url,
            variable("hector", "token"): self.hector.token.get_secret_value(),
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            hint = "Set them in the environment, in .env or in /run/secrets; config/.env.example explains every variable."
            raise SettingsError("\n".join(f"{name} is missing." for name in missing), hint=hint)

    def secrets(self) -> list[str]:
        """Give every secret that is set, so that logs can hide it."""
        console = self.console
        of_console = (console.password_hash, console.api_token)
        held = (self.c2.password, self.hector.token, self.smtp.password, *of_console, self.heartbeat_url)
        database = secrets_in(self.database_url.get_secret_value())
        # What makes a heartbeat's address a secret is what follows the host, and libraries write it by itself.
        parts = urlsplit(self.heartbeat_url.get_secret_value())
        behind = [text for text in (parts.path.strip("/"), parts.query) if len(text) >= LONG]
        return [text for text in (*(secret.get_secret_value() for secret in held), *database, *behind) if text]


def variable(*parts: str) -> str:
    """Give the name of the variable that sets something: ``variable("c2", "url")`` is ``SYNCSVC_C2__URL``."""
    return PREFIX + LEVEL.join(parts).upper()
