"""Pure Cluster API knowledge: manifests, names, the object graph, the plan of a move."""
