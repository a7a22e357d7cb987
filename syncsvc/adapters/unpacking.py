"""Unpacks an answer in steps of bounded size, so that one made to fill the memory is refused long before it does. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx

PACKINGS = {"", "identity", "gzip"}
"""What is unpacked. Several on top of each other would grow a millionfold, gzip alone a thousandfold."""
STEP = 256 * 1024
"""Bytes that are unpacked at once."""


def unpacked(chunks: Iterable[bytes], packing: str) -> Iterator[bytes]:
    """Give the bytes of a body as they come off the wire; raises ``httpx.DecodingError`` for what is not packed as it says."""
    if packing != "gzip":
        yield from chunks
        return
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)  # with gzip's head and checksum
    try:
        for chunk in chunks:
            packed = chunk
            while packed and not inflate.eof:
                yield inflate.decompress(packed, STEP)
                packed = inflate.unconsumed_tail
        yield inflate.flush()  # what zlib has read and not given yet: less than a step
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from None
