"""Renewing certificates: machines of the same specification, with certificates of their own."""
