"""The way to vCenter: its certificate, our login, its clock and its sessions."""

from __future__ import annotations

from bedplate.checks.addresses import address, server_of
from bedplate.checks.finding import Findings, block, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.providers.vsphere.reading import datacenter_of

DATACENTER = "VSphereDatacenterConfig.spec"
OLDEST_SUPPORTED = 7

MOST_SKEW_SECONDS = 300.0
"""Certificates of a new cluster are valid from five minutes before they are made here on: hosts
whose clocks are further behind give machines a time at which they are not valid yet."""

MUCH_SKEW_SECONDS = 60.0

MOST_SESSIONS = 2000
"""vCenter's own limit, unless somebody has changed it; then nobody gets in."""

NEARLY_ALL = 0.9

COMPARE = "compare with `govc about.cert -thumbprint -k -u {server}` on a machine that you trust"


def server(scene: Scene) -> Findings:
    """The certificate is trusted here, or is the one that the specification pins."""
    settings = datacenter_of(scene.spec).spec
    about = scene.vcenter.about()
    pinned, shown = settings.thumbprint.strip().upper(), about.thumbprint.upper()
    compare = COMPARE.format(server=settings.server)
    if settings.insecure:
        yield warn(
            f"{DATACENTER}.insecure",
            f"whoever answers as {settings.server} is believed and gets the password",
            f"remove the line and write thumbprint: {about.thumbprint}; {compare}",
            Owner.SPEC_AUTHOR,
        )
    elif pinned != shown and not about.trusted:
        said = f"the specification says {settings.thumbprint}" if pinned else "none is pinned"
        yield block(
            f"{DATACENTER}.thumbprint",
            f"{settings.server} shows a certificate that this machine does not trust, with the"
            f" thumbprint {about.thumbprint}; {said}",
            f"{compare}; then write thumbprint: {about.thumbprint}",
            Owner.VSPHERE,
        )
    elif pinned and pinned != shown:
        yield warn(
            f"{DATACENTER}.thumbprint",
            f"{settings.server} shows the thumbprint {about.thumbprint}, the specification says"
            f" {settings.thumbprint}; this machine trusts the certificate, the nodes may not",
            f"{compare}; then correct it, or leave the line out",
            Owner.SPEC_AUTHOR,
        )


def version(scene: Scene) -> Findings:
    """EKS Anywhere supports vSphere 7 and later."""
    found = scene.vcenter.about().version
    major = found.partition(".")[0]
    if major.isdecimal() and int(major) < OLDEST_SUPPORTED:
        yield warn(
            datacenter_of(scene.spec).spec.server,
            f"it is vCenter {found}; {OLDEST_SUPPORTED} is the oldest that is supported",
            "upgrade vCenter and its hosts; clusters on 6.7 U3 are known to work",
            Owner.VSPHERE,
        )


def login(scene: Scene) -> Findings:
    """The vault's user is let in; what keeps it out is raised and told as a finding."""
    scene.vcenter.login()
    yield from ()


def inventory(scene: Scene) -> Findings:
    """The inventory can be read at all."""
    scene.inventory()
    yield from ()


def clock(scene: Scene) -> Findings:
    """The clocks agree, since nodes take the time from their hosts when they boot."""
    ahead = scene.vcenter.login().clock - scene.clock.now()
    if abs(ahead) <= MUCH_SKEW_SECONDS:
        return
    tell = block if abs(ahead) > MOST_SKEW_SECONDS else warn
    yield tell(
        datacenter_of(scene.spec).spec.server,
        f"its clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's;"
        f" {MOST_SKEW_SECONDS:.0f} s make new certificates invalid",
        "let vCenter, its hosts and this machine ask the same NTP server: `chronyc tracking` here,"
        " `govc host.date.info` for the hosts, Appliance Management > Time for vCenter",
        Owner.VSPHERE,
    )


def sessions(scene: Scene) -> Findings:
    """There is room for the controllers' sessions; a user who may not count them is not asked."""
    found = scene.vcenter.login().sessions
    if found is not None and found >= MOST_SESSIONS * NEARLY_ALL:
        yield warn(
            datacenter_of(scene.spec).spec.server,
            f"{found} sessions are open, it takes {MOST_SESSIONS}",
            "`govc session.ls` shows whose they are, `govc session.rm ID` ends one",
            Owner.VSPHERE,
        )


def dns(scene: Scene) -> Findings:
    """The name of vCenter has an address; nodes ask for it too."""
    host = server_of(datacenter_of(scene.spec).spec.server, "https").host
    if address(host) is None and not scene.network.resolve(host):
        yield block(
            f"{DATACENTER}.server",
            f"{host} has no address in the DNS that this machine asks",
            f"add a record for it, or correct the name; `getent hosts {host}` shows what there is;"
            " the nodes' DNS must know it too",
            Owner.NETWORK,
        )
