"""When a cluster's certificates end: those of Secrets, kubeconfigs and servers. Changes nothing."""

from __future__ import annotations

from bedplate.certificates.found import Expiry
from bedplate.certificates.looking import Certificates, look_at_certificates

__all__ = ["Certificates", "Expiry", "look_at_certificates"]
