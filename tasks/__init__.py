"""Prefect tasks: a step of an operation, and the report of a run."""
