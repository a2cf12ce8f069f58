"""From an address to bytes: guarded fetching, robots, feeds."""
