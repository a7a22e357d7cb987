"""The service's port: health and metrics now; the console's pages and its API belong here too.

``app.py`` has the addresses, ``door.py`` what every request passes first, ``metrics.py`` the figures,
``server.py`` the port itself.
"""

from __future__ import annotations
