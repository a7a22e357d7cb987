"""How the two systems are spoken to. What the engine may ask of them stands in ``base.py``; only this package knows HTTP."""
