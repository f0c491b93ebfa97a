"""What a control-plane machine printed, as a member. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bedplate.adapters.members.scripts import PARTS
from bedplate.capi import objects
from bedplate.ports.members import Member, MemberState

ETCD, API_SERVER = PARTS
NAME, PEER = "--name=", "--initial-advertise-peer-urls="


@dataclass(frozen=True, slots=True)
class Seen:
    """A member, and the image that its programs come from."""

    member: Member
    image: str


def seen_of(printed: str) -> Seen | None:
    """Return what `scripts.see` printed; None where no etcd is set up there."""
    lines = [line.split() for line in printed.splitlines() if line.strip()]
    manifests = {
        words[1]: (words[2], objects.decoded(words[3])) for words in lines if _is_manifest(words)
    }
    if ETCD not in manifests:
        return None
    image, words = _container(manifests[ETCD][1])
    server, _ = _container(manifests.get(API_SERVER, ("", ""))[1])
    processes = {line[1] for line in lines if line[0] == "process" and len(line) > 1}
    found = {line[0]: line[1] for line in lines if len(line) == 2}
    member = Member(
        name=_option(words, NAME),
        peer=_option(words, PEER),
        kubernetes=_tag(server),
        authority=objects.decoded(found.get("authority", "")),
        state=_state({part: place for part, (place, _) in manifests.items()}, processes),
        restored=found.get("restored", ""),
    )
    return Seen(member, image)


def healthy_of(printed: str) -> tuple[str, ...]:
    """Return the names in what `scripts.healthy` printed, sorted."""
    texts = [_json(line) for line in printed.splitlines() if line.strip()]
    members = next((one for one in texts if isinstance(one, Mapping)), {})
    health = next((one for one in texts if isinstance(one, list)), [])
    well = {one.get("endpoint") for one in health if isinstance(one, Mapping) and one.get("health")}
    found = members.get("members") or []
    return tuple(sorted(one["name"] for one in found if well & set(one.get("clientURLs") or ())))


def _is_manifest(words: list[str]) -> bool:
    return words[0] == "manifest" and len(words) == 4


def _state(places: Mapping[str, str], processes: set[str]) -> MemberState:
    """A pod that is half moved is neither: it is stopped, or started, once more."""
    found = [places.get(part, "") for part in PARTS]
    if found == ["runs", "runs"]:
        return MemberState.RUNNING
    stopped = found == ["aside", "aside"] and not processes
    return MemberState.STOPPED if stopped else MemberState.STOPPING


def _container(manifest: str) -> tuple[str, list[str]]:
    """Return image and command of a pod's first container."""
    try:
        pod = yaml.safe_load(manifest)
    except yaml.YAMLError:
        return "", []
    for container in _containers(pod):
        words = [*(container.get("command") or ()), *(container.get("args") or ())]
        return str(container.get("image") or ""), [str(word) for word in words]
    return "", []


def _containers(pod: object) -> Iterator[Mapping[str, Any]]:
    spec = pod.get("spec") if isinstance(pod, Mapping) else None
    found = spec.get("containers") if isinstance(spec, Mapping) else None
    yield from (one for one in found or () if isinstance(one, Mapping))


def _option(words: list[str], name: str) -> str:
    return next((word.removeprefix(name) for word in words if word.startswith(name)), "")


def _tag(image: str) -> str:
    """Return the tag of an image's name; a port before a slash is none."""
    last = image.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2]


def _json(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None
