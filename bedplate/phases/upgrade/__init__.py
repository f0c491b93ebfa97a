"""The phases that change a cluster that is there: upgrade and scale."""
