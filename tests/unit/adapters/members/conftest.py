"""A machine that a real sshd leads to."""

from tests.sshd import plane

__all__ = ["plane"]
