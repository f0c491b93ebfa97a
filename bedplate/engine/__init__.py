"""The engine: phases, operations, plans, attempts and the journal. It knows nothing of Kubernetes."""
