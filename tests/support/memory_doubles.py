"""The hand-written doubles of both systems, under one name."""

from memory_c2 import MemoryC2
from memory_hector import MemoryHector

__all__ = ["MemoryC2", "MemoryHector"]
