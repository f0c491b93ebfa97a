"""The control-plane machines of a cluster whose API server may be down."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from bedplate.capi import names
from bedplate.fact import Given
from bedplate.facts import RESTORE_PLAN, RestoredMember
from bedplate.ports.members import MemberMachine, MemberState
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


def control_plane_machines(tools: Tools) -> tuple[MemberMachine, ...]:
    """Return them as the infrastructure has them, sorted by name."""
    return machines_among(tools.spec, provider_of(tools.spec).virtual_machines(tools))


def machines_among(spec: ClusterSpec, found: Sequence[VirtualMachine]) -> tuple[MemberMachine, ...]:
    """Return a cluster's control-plane machines among virtual machines. Pure."""
    ours = (one for one in found if names.is_control_plane_of(spec, one.name))
    return tuple(
        MemberMachine(one.name, one.uuid, own_addresses(spec, one.addresses))
        for one in sorted(ours, key=lambda one: one.name)
    )


def own_addresses(spec: ClusterSpec, shown: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses that lead to one machine from outside, IPv4 first.

    A machine shows the cluster's own address while it holds it, and those of its network plug-in,
    which are of the pods.
    """
    pods = [ipaddress.ip_network(one) for one in spec.cluster.spec.cluster_network.pods.cidr_blocks]
    found = [(ipaddress.ip_address(one), one) for one in shown if one != spec.endpoint]
    usable = [
        (address.version, text)
        for address, text in found
        if not address.is_link_local
        and not any(address.version == net.version and address in net for net in pods)
    ]
    return tuple(text for _, text in sorted(usable, key=lambda one: one[0]))


def planned(given: Given) -> tuple[MemberMachine, ...]:
    """Return the machines of the restore that is under way."""
    return tuple(machine_of(member) for member in given[RESTORE_PLAN].members)


def machine_of(member: RestoredMember) -> MemberMachine:
    """Return a planned member's machine."""
    return MemberMachine(member.machine, member.uuid, member.addresses)


def without_data(given: Given, tools: Tools) -> tuple[MemberMachine, ...]:
    """Return the machines whose etcd does not have the backup's data yet."""
    wanted, members = given[RESTORE_PLAN].id, tools.ports.members
    return tuple(one for one in planned(given) if members.see(one).restored != wanted)


def still_up(given: Given, tools: Tools) -> tuple[str, ...]:
    """Return the machines that have still to stop; one that has the backup's data need not."""
    wanted, found = given[RESTORE_PLAN].id, []
    for machine in planned(given):
        member = tools.ports.members.see(machine)
        if member.restored != wanted and member.state is not MemberState.STOPPED:
            found.append(machine.name)
    return tuple(found)
