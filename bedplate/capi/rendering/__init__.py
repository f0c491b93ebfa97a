"""What the Cluster API objects of every infrastructure have in common: pure functions.

Objects are plain dicts in the shapes that EKS Anywhere v0.26 renders (core v1beta2). The texts of
files on a node are written from dicts too, or read from `data/` where they never change.
"""
