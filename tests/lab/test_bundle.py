"""The lab's bundle is resolved and verified as EKS Anywhere's are."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bedplate.adapters.fetching import Fetcher, Web
from bedplate.bundles.artifacts import Image, Manifest
from bedplate.bundles.keys import public_key
from bedplate.bundles.signature import verify_distro
from bedplate.errors import PermanentError
from lab import artifacts, versions
from lab.bundle import BUNDLE, publish
from lab.images import Images, KubernetesPart, Part
from lab.signing import signing_key
from tests.lab.conftest import IMAGES, contents, manifests

NEWEST = versions.NEWEST
SCHEMA = (
    Path(__file__).parents[2].parent / "shared/eksa/crds/anywhere.eks.amazonaws.com_bundles.yaml"
)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def inside(part):
    """Yield every image and manifest of a model."""
    if isinstance(part, Image | Manifest):
        yield part
    elif hasattr(part, "model_fields_set"):
        for _, below in part:
            yield from inside(below)


def test_it_is_resolved_over_https_and_its_signature_holds(lab):
    found = lab.look_up()

    assert found.chosen.eksa_version == versions.EKSA
    assert found.signed is not None
    assert found.findings == ()
    assert found.notes == ()


def test_the_distro_release_is_signed_too(lab):
    found = lab.look_up()

    key = public_key(lab.public.read_text())
    for one in versions.KUBERNETES:
        release = found.distros[one.minor].written
        verify_distro(found.written, release, one.channel, key)


def test_every_image_of_the_lab_is_named_with_its_digest(lab):
    found = lab.look_up().chosen
    bundle, distro = found[NEWEST.minor].bundle, found[NEWEST.minor].distro
    named = {one.uri: one.image_digest for one in inside(bundle) if isinstance(one, Image)}
    named |= {one.uri: one.image_digest for one in (distro.etcd, distro.coredns, distro.pause)}

    wanted = {IMAGES.name(part) for part in Part}
    wanted |= {
        IMAGES.of_kubernetes(part, NEWEST)
        for part in (
            KubernetesPart.KIND_NODE,
            KubernetesPart.CLOUD_PROVIDER,
            KubernetesPart.PAUSE,
            KubernetesPart.COREDNS,
            KubernetesPart.ETCD,
        )
    }
    assert wanted <= named.keys()
    assert all(named[uri].startswith("sha256:") for uri in wanted)


def test_kubeadm_finds_every_image_below_the_distro_repository(lab):
    distro = lab.look_up().chosen[NEWEST.minor].distro

    for part in (KubernetesPart.API_SERVER, KubernetesPart.SCHEDULER, KubernetesPart.PROXY):
        name = part.rpartition("/")[2]
        pulled = f"{distro.kubernetes.repository}/{name}:{distro.kubernetes.tag}"
        assert pulled == IMAGES.of_kubernetes(part, NEWEST)


def test_every_manifest_it_names_is_served_with_the_digest_in_its_address(lab):
    bundle = lab.look_up().chosen[NEWEST.minor].bundle
    named = [one for one in inside(bundle) if isinstance(one, Manifest) and one.uri]

    assert len(named) == len(manifests().files) - 1  # the definitions of EKS Distro are a text
    for one in named:
        assert hashlib.sha256(lab.source().read(one.uri)).hexdigest() == one.sha256


def test_a_flipped_byte_is_refused(lab):
    change(lab.folder / BUNDLE, f"number: {versions.BUNDLE}", "number: 9")

    with pytest.raises(PermanentError) as caught:
        lab.look_up()
    assert caught.value.code == "BUNDLE_TAMPERED"


def test_a_bundle_of_another_lab_is_refused(lab, tmp_path):
    publish(lab.folder, contents(lab.base), signing_key(tmp_path / "other"))

    with pytest.raises(PermanentError) as caught:
        lab.look_up()
    assert caught.value.code == "BUNDLE_TAMPERED"


def test_the_server_is_not_believed_without_the_labs_authority(lab):
    with pytest.raises(PermanentError) as caught:
        Fetcher(Web()).read(lab.published.releases)
    assert caught.value.code == "NET_TLS"


def test_publishing_the_same_again_changes_no_byte(lab):
    before = lab.look_up().chosen.digest

    publish(lab.folder, contents(lab.base), signing_key(lab.public.parent))

    assert lab.look_up().chosen.digest == before


def test_publishing_something_else_is_another_bundle(lab):
    before = lab.look_up().chosen.digest
    other = replace(contents(lab.base), images=Images("198.18.0.2:5000"))

    publish(lab.folder, other, signing_key(lab.public.parent))

    assert lab.look_up().chosen.digest != before


def test_clusterctl_gets_the_same_providers_as_a_local_repository(tmp_path):
    config = artifacts.write_clusterctl(tmp_path, manifests())

    listed = yaml.safe_load(config.read_text())["providers"]
    assert [one["name"] for one in listed] == ["cluster-api", "kubeadm", "kubeadm", "vsphere"]
    for one in listed:
        components = Path(one["url"])
        assert components.is_file()
        assert (components.parent / artifacts.METADATA).is_file()


def test_the_bundle_is_what_the_schema_of_its_kind_asks_for(lab):
    if not SCHEMA.is_file():
        pytest.skip(f"EKS Anywhere's own schema is not at {SCHEMA}")
    versions_of = yaml.safe_load(SCHEMA.read_text())["spec"]["versions"]
    schema = versions_of[0]["schema"]["openAPIV3Schema"]

    assert list(missing(schema, yaml.safe_load((lab.folder / BUNDLE).read_text()), "")) == []


def missing(schema, value, path):
    """Yield what a structural schema asks for and a value has not, or has and it does not know."""
    kinds = {"object": dict, "array": list, "string": str, "integer": int}
    if not isinstance(value, kinds[schema["type"]]):
        yield f"{path} is no {schema['type']}"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from missing(schema["items"], item, f"{path}[{number}]")
    elif isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        yield from (f"{path}.{one}" for one in schema.get("required", ()) if one not in value)
        for name, item in value.items():
            if name not in known:
                yield f"{path}.{name} is not known"
            else:
                yield from missing(known[name], item, f"{path}.{name}")
