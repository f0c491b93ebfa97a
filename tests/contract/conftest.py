"""What the contract tests may ask for."""

from tests.contract.journals import clock, journal, journal_url

__all__ = ["clock", "journal", "journal_url"]
