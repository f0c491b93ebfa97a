"""The phases that take an existing cluster under management: they look, and keep what they saw."""
