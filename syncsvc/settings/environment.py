"""Settings from the environment, ``.env`` and ``/run/secrets``, the first one winning; every fault in words, secrets never.

Values are not quoted in errors at all: a password that was put into the wrong variable must not end up in a log.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UnusableError

from syncsvc.domain.errors import SettingsError
from syncsvc.settings.files import UnreadableError, read_env_file, read_secrets
from syncsvc.settings.model import LEVEL, PREFIX, Settings, variable
from syncsvc.settings.names import members_of

SECRETS = Path("/run/secrets")
_HINT = "Correct it in the environment, in .env or in /run/secrets; config/.env.example explains every variable."


def load_settings(env_file: Path | str | None = ".env", *, secrets_dir: Path = SECRETS) -> Settings:
    """Read the settings; raises :class:`SettingsError` that names every variable at fault and what to write.

    A file or folder that is not there is passed over.
    """
    try:
        files = [read_env_file(Path(env_file)) if env_file is not None else {}, read_secrets(secrets_dir)]
        unknown = sorted(_written(files) - set(_variables(Settings)))
        faults = [_unknown(name) for name in unknown]
        try:
            found = _from_environment(files)()
            if not faults:
                return Settings(**{name: getattr(found, name) for name in Settings.model_fields})
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=True, include_input=False)
            faults += [fault for detail in errors if not _is_named(detail, unknown) for fault in _words(detail)]
        except UnusableError:  # a group such as SYNCSVC_C2 set as a whole; it is among the unknown ones
            faults = faults or ["The settings cannot be read"]
    except UnreadableError as error:
        faults = [*error.faults]
    except OSError as error:
        faults = [f"{error.filename or env_file} cannot be read: {error.strerror}"]
    # Raised out here: a chained error would carry what was read, secrets too.
    raise SettingsError("\n".join(fault if fault.endswith("?") else f"{fault}." for fault in faults), hint=_HINT)


class _FromFile(EnvSettingsSource):
    """Settings that a file has; empty ones count as not set."""

    def __init__(self, settings_cls: type[BaseSettings], read: Mapping[str, str]) -> None:
        self._read = read
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._read.items() if value}


def _from_environment(files: Sequence[Mapping[str, str]]) -> type[Settings]:
    class FromEnvironment(Settings):
        model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
            env_prefix=PREFIX, env_nested_delimiter=LEVEL, env_ignore_empty=True, extra="ignore"
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the form that pydantic-settings asks for
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings, env_settings, *(_FromFile(settings_cls, read) for read in files))

    return FromEnvironment


def _written(files: Sequence[Mapping[str, str]]) -> set[str]:
    """Name every variable of ours that is written anywhere."""
    names = [*os.environ, *(name for read in files for name in read)]
    return {name.upper() for name in names if name.upper().startswith(PREFIX)}


def _variables(model: type[BaseModel], *parents: str) -> Iterator[str]:
    """Name every variable there is."""
    for name, field in model.model_fields.items():
        path = (*parents, field.alias or name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, *path)
        elif (members := members_of(field)) is not None:
            yield from (variable(*path, member) for member in members)
        else:
            yield variable(*path)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, list(_variables(Settings)), n=1, cutoff=0.7)
    return f"{name} is no setting; " + (f"did you mean {near[0]}?" if near else "remove it")


def _is_named(error: ErrorDetails, unknown: Sequence[str]) -> bool:
    """Whether an error is about a variable that has been named as unknown already, as people write it."""
    place = variable(*map(str, error["loc"]))
    return error["type"] == "extra_forbidden" or any(name.startswith(f"{place}{LEVEL}") for name in unknown)


def _words(error: ErrorDetails) -> list[str]:
    context = error.get("ctx", {})
    if error["type"] == "setting" and not error["loc"]:  # conditions on several settings name them themselves
        return str(context["words"]).split("\n")
    limits = [f"{word} {context[key]:g}" for key, word in _LIMITS.items() if key in context and not isinstance(context[key], str)]
    match error["type"]:
        case "setting":
            words = str(context["words"])
        case "literal_error":
            words = f"must be {context['expected']}"
        case "bool_parsing" | "bool_type":
            words = "must be true or false"
        case _ if limits:
            words = "must be " + " and ".join(limits)
        case kind if kind.startswith("int_"):
            words = "must be a whole number"
        case kind if kind.startswith(("float_", "finite_")):
            words = "must be a number"
        case _:
            words = f"cannot be used ({error['type'].replace('_', ' ')})"
    return [f"{variable(*map(str, error['loc']))} {words}"]


_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most"}
