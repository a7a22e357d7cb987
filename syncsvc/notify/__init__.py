"""Mails: what there is to say (``news.py``, ``digest.py``, ``alarms.py``), how it looks (``render.py``), sending (``mail.py``).

When mails are due is decided by ``syncsvc/mailing.py``, which also keeps them until they are sent.
"""
