"""From what both systems hold and what was last agreed to a plan: pure functions, no I/O, no clock, no logging."""
