"""What ``syncsvc doctor`` looks at: settings' consequences, the database, mail, clocks, and every call that a sync needs to read.

An examination gives findings: what was asked, what came, what was expected, what to change. Nothing here writes to either system,
and nothing here shows anything to anybody.
"""
