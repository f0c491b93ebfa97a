"""The engine: phases, operations, plans, attempts, the journal; nothing of Kubernetes."""
