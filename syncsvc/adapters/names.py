"""Members of JSON that a tenant's servers call differently than the contract: renamed before anything reads them.

Which names differ is said by settings (``SYNCSVC_C2__NAMES__…``, ``SYNCSVC_HECTOR__NAMES__…``); without any, nothing here runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncsvc.adapters.parsing import UNPARSABLE, decoder, encode, prepared
from syncsvc.domain.errors import ConversionError


def renamed(body: bytes | bytearray, names: Mapping[str, str]) -> bytes | bytearray:
    """Give an answer with the contract's names for the tenant's, wherever a member stands; what is no JSON stays as it is.

    ``names`` holds the tenant's name of each of the contract's. A member that is there under the contract's name is left alone.
    """
    try:
        whole = decoder(object).decode(prepared(body))
        return encode(_ours(whole, {theirs: ours for ours, theirs in names.items()}))
    except (*UNPARSABLE, ConversionError):
        return body


def theirs(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Give the members of a request's body under the tenant's names; what stands inside them is not looked at."""
    return {names.get(member, member): value for member, value in body.items()}


def _ours(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_ours(inner, names) for inner in node]
    if not isinstance(node, dict):
        return node
    return {_name(member, names, node): _ours(inner, names) for member, inner in node.items()}


def _name(member: str, names: Mapping[str, str], beside: Mapping[str, Any]) -> str:
    ours = names.get(member, member)
    return member if ours in beside else ours
