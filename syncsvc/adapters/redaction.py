"""Keeps secrets out of everything that people or files may see, whoever put them there.

Servers echo what they were sent, and httpx logs addresses whole: a text that comes from either passes through here.
"""

from __future__ import annotations

import html
import json
import logging
import re
import unicodedata
from urllib.parse import quote, quote_plus

MASK = "***"


class Secrets:
    """The secrets of one connection, able to mask themselves in any text."""

    def __init__(self, *secrets: str) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_loose, longest_first)), re.IGNORECASE) if forms else None

    def redact(self, text: str) -> str:
        """Mask every secret, as it is and as URLs, JSON and HTML write it.

        To be asked before anything is cut, stripped of markup or otherwise made presentable: half a secret is not found.
        """
        return self._pattern.sub(MASK, text) if self._pattern else text


def _loose(form: str) -> str:
    """Give the pattern of a secret that may have been wrapped or its blanks drawn together on the way."""
    return r"\s+".join(map(re.escape, re.split(r"\s+", form)))


def _forms(secret: str) -> set[str]:
    composed = (unicodedata.normalize(form, secret) for form in ("NFC", "NFD"))
    return {written for one in (secret, *composed) for written in _written(one)}


def _written(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }


class RedactingFilter(logging.Filter):
    """Masks secrets in log records; to be hung on the loggers of libraries that log addresses."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, with its secrets masked."""
        record.msg, record.args = self._secrets.redact(record.getMessage()), ()
        return True
