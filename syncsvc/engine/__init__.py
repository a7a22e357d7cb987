"""A run: read, plan, guard, apply, record. Decisions are the planner's; this package does what was decided, and says so."""
