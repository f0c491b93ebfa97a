"""The phases: one file each, the same four verbs in the same order."""
