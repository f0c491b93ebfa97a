"""The phases that rotate the infrastructure's credentials, in the order of their table."""
