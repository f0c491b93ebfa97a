"""Real parts on one machine, for tests and benchmarks."""
