"""``/api/v1``: what the console shows and does, for programs, as JSON and by bearer token.

The documents are those that the commands print with ``--json``, errors too. The calls are in ``calls.py``, who may make them is
decided in ``bearer.py`` before anything is read, what goes wrong is said in ``app.py``.
"""
