"""The console: pages for the person who looks after the synchronisation, rendered here and readable without JavaScript.

What they show comes from ``state/queries.py``, as for the command line; the one thing that is done here is to settle a conflict.
"""
