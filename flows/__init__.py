"""Prefect flows: one per operation, thin; they read the journal and so resume by themselves."""
