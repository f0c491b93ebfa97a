"""The phases of a delete: one file each, the same four verbs in the same order."""
