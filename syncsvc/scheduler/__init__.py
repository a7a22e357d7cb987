"""The nightly run and what watches over it: ``syncsvc serve`` without its port.

``due.py`` says when a run is due and ``silence.py`` which category has been silent for too long: both pure, with the clock as an
argument. ``rules_watch.py`` keeps the last good schedule, ``night.py`` carries the nightly run out, ``vigil.py`` looks after the
rest, ``clockwork.py`` calls them at the right times, ``news.py`` says who is to be told, ``service.py`` joins it all.
"""

from __future__ import annotations
