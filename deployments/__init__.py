"""The doors: the command line, the Prefect deployments, and where they keep what they need."""
