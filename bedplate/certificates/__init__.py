"""When a cluster's certificates end: those of Secrets, kubeconfigs and servers. Changes nothing."""

from __future__ import annotations

from bedplate.certificates.found import Expiry
from bedplate.certificates.looking import Certificates, look_at_certificates
from bedplate.certificates.servers import Server, etcd_servers, plane_servers

__all__ = [
    "Certificates",
    "Expiry",
    "Server",
    "etcd_servers",
    "look_at_certificates",
    "plane_servers",
]
