"""Benchmarks: each measures, prints a table, and compares ratios within one run."""
