"""Calls to a running sandbox as a plain HTTP client makes them, for the sandbox's own tests."""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import Any, Self

import httpx

from syncsvc.sandbox import Sandbox

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""One for all clients, without certificates: httpx would read them anew for each, although nothing here is https."""


class Caller:
    """Speaks to both systems of a sandbox, starting it if need be; closes what it opened."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.http = httpx.Client(trust_env=False, timeout=10, verify=_NO_TLS)

    def __enter__(self) -> Self:
        self.box.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.http.close()
        self.box.close()

    # -- C2 --------------------------------------------------------------------------------------------------------------

    def c2(self, call: str, **body: Any) -> httpx.Response:
        """Call C2 with the right credentials in the body."""
        credentials = {"username": self.box.username, "password": self.box.password}
        return self.http.post(f"{self.box.c2_url}/API/{call}", json=body | credentials)

    def done(self, call: str, **body: Any) -> Any:
        """Call C2 and give ``Data``; a refusal fails the test."""
        answer = self.c2(call, **body).json()
        assert answer["Status"] == 0, answer
        return answer["Data"]

    def refused(self, call: str, **body: Any) -> str:
        """Call C2 and give the message of its refusal; anything else fails the test."""
        response = self.c2(call, **body)
        answer = response.json()
        assert (response.status_code, answer["Data"]) == (200, None)
        assert answer["Status"] != 0
        return answer["Message"]

    def cis(self, page: int = 0, size: int = 500, **criteria: Any) -> list[dict[str, Any]]:
        """Read one page of CIs."""
        return self.done("CI/Retrieve", Page=page, Size=size, SearchCriteria=criteria)

    def update(self, ci_id: str, number: int, value: str) -> dict[str, Any]:
        """Write a custom field and give the whole CI."""
        return self.done("CI/UpdateProperty", Id=ci_id, CustomFieldSequenceNumber=str(number), Value=value)

    # -- Hector ----------------------------------------------------------------------------------------------------------

    def hector(self, method: str, resource: str, body: Any = None, **query: Any) -> httpx.Response:
        """Call Hector with the right token."""
        headers = {"Authorization": f"Bearer {self.box.token}"}
        url = f"{self.box.hector_url}/api/v1/{resource}"
        return self.http.request(method, url, json=body, params=query, headers=headers)

    def listed(self, resource: str, **query: Any) -> list[dict[str, Any]]:
        """Read one page of a list."""
        response = self.hector("GET", resource, **query)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def written(self, method: str, resource: str, body: Any) -> dict[str, Any]:
        """Write a record and give it as stored; a refusal fails the test."""
        response = self.hector(method, resource, body)
        assert response.status_code == {"POST": 201, "PATCH": 200}[method], response.text
        return response.json()["data"]

    def rejected(self, method: str, resource: str, body: Any) -> tuple[int, str, dict[str, list[str]]]:
        """Write a record and give status, code and fields of the refusal."""
        response = self.hector(method, resource, body)
        error = response.json()["error"]
        return response.status_code, error["code"], error["fields"]


def field_of(ci: dict[str, Any], name: str) -> dict[str, Any]:
    """Give a custom field of a CI by its shown name."""
    return next(field for field in ci["CustomFields"]["Fields"] if field["Name"] == name)


def value_of(ci: dict[str, Any], name: str) -> str | None:
    """Give a custom field's value by its shown name."""
    return field_of(ci, name)["Value"]
