"""Settings: how the service runs (addresses, secrets, database, mail), from the environment.

What is synchronised stands in the rules. ``model.py`` lists the settings, ``forms.py`` says what they may look like,
``environment.py`` reads them, ``locale.py`` makes the domain's conventions of them.
"""

from __future__ import annotations

from syncsvc.settings.environment import load_settings
from syncsvc.settings.forms import is_loopback
from syncsvc.settings.locale import conventions
from syncsvc.settings.model import Settings, variable

__all__ = ["Settings", "conventions", "is_loopback", "load_settings", "variable"]
