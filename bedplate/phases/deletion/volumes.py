"""Persistent volumes on vSphere disks, which outlive the machines that they are attached to."""

from __future__ import annotations

from bedplate.capi import objects
from bedplate.ports.kube import Kind, Kube, Manifest

VOLUME = Kind("v1", "PersistentVolume")
DRIVER = "csi.vsphere.vmware.com"
VOLUMES_CHECK = "vsphere-volumes"
"""The name by which this validation is skipped."""


def vsphere_volumes(kube: Kube) -> tuple[str, ...]:
    """Return the volumes of the vSphere driver, each with its claim and the id of its disk."""
    return tuple(
        _described(volume)
        for volume in kube.list(VOLUME)
        if objects.text(volume, "spec", "csi", "driver") == DRIVER
    )


def _described(volume: Manifest) -> str:
    claim = objects.mapping(volume, "spec", "claimRef")
    place = f"{objects.text(claim, 'namespace')}/{objects.text(claim, 'name')}"
    disk = objects.text(volume, "spec", "csi", "volumeHandle")
    return f"{objects.name(volume)} ({place if claim else 'unclaimed'}, disk {disk})"
