"""The command line `bedplate`: `main.py` is the way in, `verbs/` has a file for each verb."""
