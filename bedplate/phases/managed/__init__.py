"""The phases of clusters that another cluster manages: what is done on the management cluster."""
