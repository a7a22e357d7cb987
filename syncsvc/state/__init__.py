"""What the service remembers between runs, in SQL: links, baselines, intentions, conflicts, and what every run did."""
