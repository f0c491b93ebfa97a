"""One file per verb: its options, its help, and one call of what does the work.

Nothing heavy is imported here before a verb runs, so that `bedplate --help` answers at once.
"""
