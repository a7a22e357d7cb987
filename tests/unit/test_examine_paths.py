"""Other paths for a call: the likeliest first, few, and never one of a call that writes."""

from __future__ import annotations

import pytest

from syncsvc.adapters.c2.config import C2Endpoints
from syncsvc.engine.examine.paths import MOST, variants


@pytest.mark.parametrize(
    ("path", "likely"),
    [
        ("API/Clients/Retrieve", ["API/Client/Retrieve", "Clients/Retrieve", "api/clients/retrieve", "API/v1/Clients/Retrieve"]),
        ("API/CICategory/Retrieve", ["API/CICategories/Retrieve", "CICategory/Retrieve"]),
        ("api/v1/categories", ["api/v1/category", "api/categories", "v1/categories", "categories", "api/v1/Categories"]),
        ("users", ["api/users", "api/v1/users", "user"]),
        ("/api/v1/assets/", ["api/assets"]),
    ],
)
def test_usual_ways_to_differ_are_among_them(path: str, likely: list[str]) -> None:
    found = variants(path)

    assert set(likely) <= set(found)
    assert path.strip("/") not in found
    assert len(found) == len(set(found)) <= MOST


@pytest.mark.parametrize("path", ["api", "api/v1", "/"])
def test_a_path_that_names_nothing_has_none(path: str) -> None:
    assert variants(path) == []


def test_no_call_that_writes_is_among_them() -> None:
    usual = C2Endpoints()
    writes = {usual.save_ci.lower(), usual.update_property.lower()}
    reads = (usual.retrieve_cis, usual.retrieve_clients, usual.retrieve_cmdbs)

    found = [variant.lower() for path in reads for variant in variants(path)]

    assert all(variant.endswith("/retrieve") for variant in found)
    assert not writes & set(found)
