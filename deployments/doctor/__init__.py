"""Checks an installation: what more than one machine and a Prefect server need to work together.

Nothing is changed. `examining` makes the checks; each is a function that returns what it found.
"""
