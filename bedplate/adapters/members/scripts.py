"""What is typed on a control-plane machine, as text for a POSIX shell. Pure.

Each script may be cut off at any line and run again. Files are renamed, never written in place.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

PARTS = ("etcd", "kube-apiserver")
MARK = "bedplate-restoration"

# How the scripts end where it is no plain failure (those of sysexits.h that come nearest).
NO_SNAPSHOT, NO_TOOL, RUNNING, BUSY = 65, 69, 75, 76

# Watchers and caches have seen revisions that the snapshot does not have: new ones must be higher.
# Of a hundred writes in a second it takes four months to make so many.
BUMP = 1_000_000_000

PATHS = "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where kubeadm and etcd have their files."""

    kubernetes: str = "/etc/kubernetes"
    data: str = "/var/lib/etcd"

    @property
    def manifests(self) -> str:
        """The folder whose pods the kubelet runs."""
        return f"{self.kubernetes}/manifests"

    @property
    def aside(self) -> str:
        """The folder of those that are not to run now."""
        return f"{self.kubernetes}/bedplate-stopped"

    @property
    def etcdutl(self) -> str:
        """Where a program that was brought along is put."""
        return f"{self.data}.bedplate-etcdutl"

    def snapshot(self, restoration: str) -> str:
        """Return where a snapshot is put that is to be restored."""
        return f"{self.data}.snapshot-{restoration}"


@dataclass(frozen=True, slots=True)
class Seat:
    """What a member's restore needs to know: its name, all peers, and its image."""

    name: str
    peers: Mapping[str, str]
    image: str


def see(layout: Layout) -> str:
    """Return a script that prints what is known of the member, a word and its value in a line."""
    lines = [PATHS]
    for part in PARTS:
        for place, folder in (("runs", layout.manifests), ("aside", layout.aside)):
            file = _quoted(f"{folder}/{part}.yaml")
            lines.append(f"[ ! -f {file} ] || echo manifest {part} {place} $(base64 -w0 <{file})")
        lines.append(f"! pgrep -x {part} >/dev/null || echo process {part}")
    authority = _quoted(f"{layout.kubernetes}/pki/ca.crt")
    mark = _quoted(f"{layout.data}/{MARK}")
    return "\n".join(
        [
            *lines,
            f"[ ! -f {authority} ] || echo authority $(base64 -w0 <{authority})",
            f"[ ! -f {mark} ] || echo restored $(cat {mark})",
        ]
    )


def stop(layout: Layout) -> str:
    """Return a script that takes the pods away from the kubelet; it ends them some seconds later.

    The API server's first: it has nobody to write to afterwards.
    """
    moves = [_move(layout.manifests, layout.aside, part) for part in reversed(PARTS)]
    return "\n".join([*_head(layout), f"mkdir -p -m 700 {_quoted(layout.aside)}", *moves, "sync"])


def start(layout: Layout) -> str:
    """Return a script that gives the pods back to the kubelet."""
    moves = [_move(layout.aside, layout.manifests, part) for part in PARTS]
    return "\n".join([*_head(layout), *moves, "sync"])


def receive(path: str) -> str:
    """Return a script that keeps its standard input as a file, whole or not at all."""
    whole, part = _quoted(path), _quoted(f"{path}.part")
    return f"set -eu\numask 077\ncat >{part}\nchmod 700 {part}\nmv -f {part} {whole}"


def restore(layout: Layout, restoration: str, sha256: str, seat: Seat) -> str:
    """Return a script that makes the snapshot the member's data.

    The new data is made beside the old and marked last; then both are renamed. Ends with
    NO_SNAPSHOT where the snapshot is not there as it should be, NO_TOOL where no program can
    restore it, RUNNING where the member runs.
    """
    data, new = layout.data, f"{layout.data}.new-{restoration}"
    before, kept = f"{layout.data}.before-{restoration}", layout.snapshot(restoration)
    manifests = [f"{layout.manifests}/{part}.yaml" for part in PARTS]
    running = " || ".join(
        [*(f"[ -f {_quoted(one)} ]" for one in manifests)]
        + [f"pgrep -x {part} >/dev/null" for part in PARTS]
    )
    words = {"data": data, "new": new, "before": before, "snapshot": kept, "id": restoration}
    return "\n".join(
        [
            *_head(layout),
            *(f"{name}={_quoted(value)}" for name, value in words.items()),
            f'has() {{ [ -f "$1/{MARK}" ] && [ "$(cat "$1/{MARK}")" = "$id" ]; }}',
            'if has "$data"; then rm -f "$snapshot"; exit 0; fi',
            f"if {running}; then exit {RUNNING}; fi",
            'if ! has "$new"; then',
            '  rm -rf "$new"',
            f"  printf '%s  %s\\n' {sha256} \"$snapshot\""
            f" | sha256sum -c --status - 2>/dev/null || exit {NO_SNAPSHOT}",
            *_mount(seat.image),
            *_tool(layout),
            *_restoring(seat),
            f'  printf %s "$id" >"$new/{MARK}"',
            "  sync",
            "fi",
            '[ ! -e "$data" ] || [ -e "$before" ] || mv -T "$data" "$before"',
            'mv -T "$new" "$data"',
            "sync",
            'rm -f "$snapshot"',
        ]
    )


def healthy(layout: Layout, image: str) -> str:
    """Return a script that prints the members and their health, a JSON text in a line each.

    It prints nothing where etcd does not answer.
    """
    client = _client(layout)
    return "\n".join(
        [
            "set -eu",
            PATHS,
            *_mount(image),
            *_etcdctl(),
            f'members=$("$tool" {client} member list -w json 2>/dev/null) || exit 0',
            'echo "$members"',
            f'"$tool" {client} endpoint health --cluster -w json 2>/dev/null || :',
        ]
    )


def _quoted(text: str) -> str:
    return shlex.quote(text)


def _head(layout: Layout) -> list[str]:
    """Stop at the first failure, and let nobody else do the same at the same time."""
    lock = _quoted(f"{layout.data}.bedplate-lock")
    return ["set -eu", "umask 077", PATHS, f"exec 9>{lock}", f"flock -n 9 || exit {BUSY}"]


def _move(source: str, target: str, part: str) -> str:
    file = _quoted(f"{source}/{part}.yaml")
    return f"[ ! -f {file} ] || mv -f {file} {_quoted(f'{target}/{part}.yaml')}"


def _mount(image: str) -> list[str]:
    """Have the files of an image that the machine holds in a folder, until the script ends."""
    return [
        "mounted=$(mktemp -d /var/tmp/bedplate-etcd.XXXXXX)",
        "snapshotter=$(containerd config dump 2>/dev/null"
        """ | sed -n "s/^ *snapshotter = ['\\"]\\(.*\\)['\\"]$/\\1/p" | head -n 1) || :""",
        'images() { ctr -n k8s.io images "$@"; }',
        "leave() { images unmount --rm ${snapshotter:+--snapshotter $snapshotter}"
        ' "$mounted" >/dev/null 2>&1 || :; rmdir "$mounted" 2>/dev/null || :; }',
        "trap leave EXIT",
        "images mount ${snapshotter:+--snapshotter $snapshotter}"
        f' {_quoted(image)} "$mounted" >/dev/null',
    ]


def _etcdctl() -> list[str]:
    return [
        "tool=",
        'for found in "$mounted"/usr/local/bin/etcdctl "$mounted"/usr/bin/etcdctl'
        ' "$mounted"/bin/etcdctl; do',
        '  [ ! -x "$found" ] || tool=$found',
        "done",
        f'[ -n "$tool" ] || exit {NO_TOOL}',
    ]


def _tool(layout: Layout) -> list[str]:
    """Find a program that restores with a bump: one brought along, or one of the image.

    etcd 3.6 has it in etcdutl only, 3.5 in both.
    """
    found = " ".join(
        f'"$mounted"/{folder}/{name}'
        for name in ("etcdctl", "etcdutl")
        for folder in ("bin", "usr/bin", "usr/local/bin")
    )
    return [
        "  tool=",
        f"  for found in {found} {_quoted(layout.etcdutl)}; do",
        '    [ ! -x "$found" ] || ! "$found" snapshot restore --help 2>&1'
        " | grep -q -e --bump-revision || tool=$found",
        "  done",
        f'  [ -n "$tool" ] || exit {NO_TOOL}',
    ]


def _restoring(seat: Seat) -> list[str]:
    cluster = ",".join(f"{name}={peer}" for name, peer in sorted(seat.peers.items()))
    return [
        '  "$tool" snapshot restore "$snapshot" --data-dir "$new" --initial-cluster-token "$id"'
        f" --name {_quoted(seat.name)} --initial-cluster {_quoted(cluster)}"
        f" --initial-advertise-peer-urls {_quoted(seat.peers[seat.name])}"
        f" --bump-revision {BUMP} --mark-compacted >&2"
    ]


def _client(layout: Layout) -> str:
    pki = f"{layout.kubernetes}/pki/etcd"
    words = (
        "--endpoints=https://127.0.0.1:2379",
        f"--cacert={pki}/ca.crt",
        f"--cert={pki}/server.crt",
        f"--key={pki}/server.key",
        "--dial-timeout=3s",
    )
    return " ".join(map(_quoted, words))
