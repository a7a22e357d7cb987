"""Mail settings that do not go together are refused at start, not at the first error a month later."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from syncsvc.settings import Settings

GOOD = {"host": "smtp.erables.example", "from": "syncsvc@erables.example"}


def faults(**changed: Any) -> str:
    try:
        Settings(smtp=GOOD | changed)
    except ValidationError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"username": "u", "password": "p"},
        {"security": "none"},
        {"security": "none", "host": "127.0.0.1", "username": "u", "password": "p"},
        {"from": "syncsvc <syncsvc@erables.example>"},
        {"timeout": 5},
        {"host": "", "username": "u"},
    ],
)
def test_what_goes_together_is_taken(changed: dict[str, Any]) -> None:
    assert faults(**changed) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "u"}, "SYNCSVC_SMTP__PASSWORD is missing"),
        ({"password": "hunter2"}, "SYNCSVC_SMTP__USERNAME is missing"),
        ({"username": "u", "password": "hunter2", "security": "none"}, "SYNCSVC_SMTP__SECURITY must be starttls or tls"),
        ({"from": "syncsvc"}, "SYNCSVC_SMTP__FROM must be an e-mail address"),
        ({"from": "a@b\nBcc: c@d"}, "SYNCSVC_SMTP__FROM must be an e-mail address"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_what_does_not_is_refused_by_its_name(changed: dict[str, Any], said: str) -> None:
    assert said in faults(**changed)
    assert "hunter2" not in faults(**changed)
