"""A CI's name is written in two languages: done only when both hold it, whichever of the two calls goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from adapter_clients import CI, c2_at, category, wire_ci
from scripted_server import Asked, Reply, ScriptedServer, answer, c2_data, c2_refusal

from syncsvc.adapters.c2.definitions import SYSTEM_FIELDS
from syncsvc.domain.plan import FieldChange, Why
from syncsvc.domain.records import ConfigurationItem
from syncsvc.engine.columns import Columns
from syncsvc.engine.targets import ci_target
from syncsvc.engine.writes import Look, Written, write_record

Serve = Callable[..., ScriptedServer]
NAME = SYSTEM_FIELDS[0]
COLUMNS = Columns((NAME,), {"name": 0})
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Tenant:
    """One CI, shown by its name in one language; writes of one of the names go wrong for a time."""

    def __init__(
        self, half: str = "", trouble: Callable[[], Reply] | None = None, *, times: int = 99, shown: str = "FrenchName"
    ) -> None:
        self.names = {"FrenchName": "vieux", "EnglishName": "old"}
        self.shown = shown
        self.sent: list[str] = []
        self._half, self._trouble, self._times = half, trouble, times

    def __call__(self, asked: Asked) -> Reply:
        ci = wire_ci(1, Id=CI, Name=self.names[self.shown])
        if "UpdateProperty" not in asked.path:
            return c2_data([ci | self.names])
        half = asked.body["PropertyName"]
        self.sent.append(half)
        if half == self._half and self._times and self._trouble:
            self._times -= 1
            return self._trouble()
        self.names[half] = asked.body["Value"]
        return c2_data(ci | {"Name": self.names[self.shown]} | self.names)


def write(server: ScriptedServer) -> Written[ConfigurationItem]:
    """Do what a run does that wants the name changed, if it still has to be."""
    with c2_at(server) as c2:
        (ci,) = c2.cis_by_id(category(), [NAME], [CI])
        change = FieldChange("name", "Name", ci.values[0], "neuf", "neuf", Why.CHANGED)
        return write_record(ci, [change], ci_target(c2, category(), COLUMNS, CI), Look(lambda: NOW, NOW))


def refused() -> Reply:
    return c2_refusal("This name is locked.")


def lost() -> Reply:
    return answer({}, 503)


@pytest.mark.parametrize("shown", ["FrenchName", "EnglishName"])
@pytest.mark.parametrize("half", ["FrenchName", "EnglishName"])
@pytest.mark.parametrize("trouble", [refused, lost])
def test_a_half_that_cannot_be_written_is_an_error_and_is_made_good_by_a_later_run(
    serve: Serve, shown: str, half: str, trouble: Callable[[], Reply]
) -> None:
    tenant = Tenant(half, trouble, shown=shown)
    server = serve(tenant)
    written = write(server)
    assert (written.done, len(written.refused)) == ([], 1)
    assert tenant.names[half] != "neuf"
    tenant._times = 0
    assert len(write(server).done) == 1
    assert set(tenant.names.values()) == {"neuf"}


@pytest.mark.parametrize("half", ["FrenchName", "EnglishName"])
def test_a_half_whose_answer_was_lost_once_is_written_in_the_same_run(serve: Serve, half: str) -> None:
    tenant = Tenant(half, lost, times=1)
    assert len(write(serve(tenant)).done) == 1
    assert set(tenant.names.values()) == {"neuf"}


@pytest.mark.parametrize("shown", ["FrenchName", "EnglishName"])
def test_the_half_that_is_shown_comes_last(serve: Serve, shown: str) -> None:
    tenant = Tenant(shown=shown)
    write(serve(tenant))
    assert (len(tenant.sent), tenant.sent[-1]) == (2, shown)


@pytest.mark.parametrize("trouble", [refused, lost])
def test_a_half_that_nobody_could_know_to_be_hidden_is_an_error_too(serve: Serve, trouble: Callable[[], Reply]) -> None:
    """Both names are the same, so that nothing tells which is shown; it is not the one that the settings make one guess."""
    tenant = Tenant("FrenchName", trouble, shown="EnglishName")
    tenant.names = {"FrenchName": "same", "EnglishName": "same"}
    written = write(serve(tenant))
    assert tenant.names == {"FrenchName": "same", "EnglishName": "neuf"}
    ((_, error),) = written.refused
    assert "not the FrenchName" in error.message


def test_a_half_that_is_accepted_and_not_kept_is_an_error(serve: Serve) -> None:
    tenant = Tenant("EnglishName", lambda: c2_data(wire_ci(1, Id=CI, Name="vieux", FrenchName="vieux", EnglishName="old")))
    written = write(serve(tenant))
    assert (len(written.refused), tenant.names["FrenchName"]) == (1, "vieux")


def test_a_tenant_that_keeps_one_language_only_is_written_to(serve: Serve) -> None:
    tenant = Tenant("EnglishName", lambda: c2_data(wire_ci(1, Id=CI, Name="vieux", FrenchName="vieux", EnglishName=None)))
    assert len(write(serve(tenant)).done) == 1
