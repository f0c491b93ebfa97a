"""The `Members` port on real machines: kubeadm's static pods, entered by SSH."""

from bedplate.adapters.members.live import LiveMembers
from bedplate.adapters.members.ssh import Login, Ssh

__all__ = ["LiveMembers", "Login", "Ssh"]
