"""Reads certificates as Cluster API makes them.

Its authorities have the serial number 0, which RFC 5280 (4.1.2.2) forbids: `cryptography` warns of
each, and nobody who reads that could do anything about it.
"""

from __future__ import annotations

import warnings

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

warnings.filterwarnings(
    "ignore", "Parsed a serial number which wasn't positive", CryptographyDeprecationWarning
)


def read_certificate(pem: bytes) -> x509.Certificate:
    """Return the first certificate of a PEM text; raises ValueError where there is none."""
    return x509.load_pem_x509_certificate(pem)
