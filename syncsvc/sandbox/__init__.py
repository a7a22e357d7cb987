"""Runnable stand-ins for C2 ITSM and Hector: real HTTP on loopback, with the contracts and the habits of the real ones.

Standard library only; the service knows nothing of it. A realistic inventory is in :mod:`syncsvc.sandbox.inventory`.
"""

from syncsvc.sandbox.box import Request, Sandbox
from syncsvc.sandbox.c2_world import C2World
from syncsvc.sandbox.faults import Fault, Faults
from syncsvc.sandbox.hector_world import HectorWorld

__all__ = ["C2World", "Fault", "Faults", "HectorWorld", "Request", "Sandbox"]
