"""The words of the synchronisation as types: no I/O, no clock, the standard library only."""
