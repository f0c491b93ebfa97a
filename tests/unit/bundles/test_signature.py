"""A signature covers what EKS Anywhere's covers, and nothing that is signed can change."""

import base64
import copy
import json

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.bundles.canonical import canonical, path
from bedplate.bundles.documents import Table, read
from bedplate.bundles.keys import EKSA_BUNDLE_KEY, PublicKey, public_key
from bedplate.bundles.signature import (
    ALWAYS_EXCLUDED,
    EXCLUDES,
    REPLACEABLE,
    SIGNATURE,
    default_keys,
    sign_bundle,
    sign_distro,
    verify_bundle,
    verify_distro,
)
from bedplate.errors import BadInput, PermanentError
from tests.unit.bundles.conftest import BUNDLE, distro, dump

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = PublicKey(KEY.public_key())
SIGNED = dump(sign_bundle(BUNDLE, KEY))

# Made with EKS Anywhere's own key over two bundles that hold almost nothing.
EMPTY_DISTRO = {
    **{name: {"bottlerocket": {}} for name in ("ami", "ova", "raw")},
    **{name: {} for name in ("containerd", "crictl", "etcdadm", "imagebuilder", "kindNode")},
}
OWN = (
    (
        "MEYCIQCX6Ri50we6Xntnz/lZP0WHU581i6EGsyg26T6ZCpfPhAIhAMw/wenHJlEtkJ/yI4KPnqxUQTSN9OJAnxcX"
        "57OrTVh1",
        {"name": "test-bundle-1-31"},
        {
            "kubeVersion": "1.31",
            "endOfStandardSupport": "2026-12-31",
            "eksD": {**EMPTY_DISTRO, "name": "kubernetes-1-31-46"},
            "bottlerocketBootstrapContainers": {"vsphereMultiNetworkBootstrap": {}},
        },
    ),
    (
        "MEYCIQCiWwxw/Nchkgtan47FzagXHgB45Op7YWxvSZjFzHau8wIhALG2kbm+H8HJEfN/rUQ0ldo298MnzyhukBpt"
        "Um0jCtZZ",
        {},
        {"kubeVersion": "1.31", "eksD": EMPTY_DISTRO},
    ),
)


def eksa_bundle(own):
    signature, metadata, version = own
    excluded = {"eksa": {"version": "anything"}, "vSphere": {"version": "else"}}
    return {
        "apiVersion": "anywhere.eks.amazonaws.com/v1alpha1",
        "kind": "Bundles",
        "metadata": {
            **metadata,
            "creationTimestamp": None,
            "namespace": "eksa-system",
            "annotations": {SIGNATURE: signature},
        },
        "spec": {
            "cliMaxVersion": "",
            "cliMinVersion": "",
            "number": 1,
            "versionsBundles": [{**version, **excluded}],
        },
        "status": {},
    }


def refusal(data, key=PUBLIC, **more):
    with pytest.raises(PermanentError) as caught:
        verify_bundle(read(data if isinstance(data, bytes) else dump(data), "b"), key, **more)
    return caught.value


@pytest.mark.parametrize("own", OWN, ids=["named", "nameless"])
def test_a_signature_that_eks_anywhere_made_is_good(own, written):
    bundle = eksa_bundle(own)

    assert verify_bundle(written(bundle), default_keys()[0]) == REPLACEABLE

    bundle["spec"]["versionsBundles"][0]["kubeVersion"] = "1.32"
    assert refusal(bundle, default_keys()[0]).code == "BUNDLE_TAMPERED"


def test_a_bundle_of_eks_anywhere_is_told_apart_where_another_key_is_asked_for():
    error = refusal(eksa_bundle(OWN[0]))

    assert error.code == "BUNDLE_OTHER_KEY"
    assert PUBLIC.name in error.seen


def test_what_is_signed_here_is_verified_here():
    assert verify_bundle(read(SIGNED, "b"), PUBLIC) == REPLACEABLE


def test_another_keys_signature_is_refused():
    other = PublicKey(ec.generate_private_key(ec.SECP256R1()).public_key())

    assert refusal(SIGNED, other).code == "BUNDLE_TAMPERED"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({SIGNATURE: ""}, "BUNDLE_UNSIGNED"),
        ({SIGNATURE: "no base64!"}, "BUNDLE_TAMPERED"),
        ({SIGNATURE: base64.b64encode(b"no signature").decode()}, "BUNDLE_TAMPERED"),
        ({EXCLUDES: "no base64!"}, "BUNDLE_EXCLUDES"),
        ({EXCLUDES: base64.b64encode(b".spec").decode()}, "BUNDLE_EXCLUDES"),
        ({EXCLUDES: base64.b64encode(REPLACEABLE[0].encode()).decode()}, "BUNDLE_TAMPERED"),
    ],
)
def test_annotations_that_prove_nothing_are_refused(change, code):
    data = yaml.safe_load(SIGNED)
    data["metadata"]["annotations"].update(change)

    assert refusal(data).code == code


def test_who_changes_a_bundle_cannot_exclude_what_they_added():
    data = yaml.safe_load(SIGNED)
    evil = copy.deepcopy(data["spec"]["versionsBundles"][0])
    data["spec"]["evil"] = [evil]
    listed = "\n".join([*REPLACEABLE, ".spec.evil"])
    data["metadata"]["annotations"][EXCLUDES] = base64.b64encode(listed.encode()).decode()

    assert refusal(data).code == "BUNDLE_EXCLUDES"
    # Where that path were permitted, the signature would fit: the list is what protects.
    assert verify_bundle(read(dump(data), "b"), PUBLIC, [*REPLACEABLE, ".spec.evil"])


def test_a_list_of_its_own_can_be_permitted():
    excluded = [".spec.versionsBundles[].eksa"]
    signed = sign_bundle(BUNDLE, KEY, excluded)

    assert verify_bundle(read(dump(signed), "b"), PUBLIC) == tuple(excluded)


def test_replaceable_parts_may_change_and_others_may_not():
    data = yaml.safe_load(SIGNED)
    part = data["spec"]["versionsBundles"][0]

    part["vSphere"]["controller"]["uri"] = "registry.example.com/mine:1"
    part["eksD"]["manifestUrl"] = "eks-anywhere-downloads/1.33/eks-distro/release.yaml"
    data["status"] = {"seen": True}
    assert verify_bundle(read(dump(data), "b"), PUBLIC)

    part["eksD"]["name"] = "kubernetes-1-33-eks-1"
    assert refusal(data).code == "BUNDLE_TAMPERED"


def signed_part(data):
    """What the signature covers, taken apart by hand."""
    rest = copy.deepcopy(data)
    rest.pop("status", None)
    metadata = rest.get("metadata")
    for name in [steps.split(".")[2] for steps in ALWAYS_EXCLUDED if "metadata" in steps]:
        metadata.pop(name, None)
    for part in rest["spec"]["versionsBundles"]:
        for excluded in REPLACEABLE:
            first, _, second = excluded.removeprefix(".spec.versionsBundles[].").partition(".")
            if second:
                part.get(first, {}).pop(second, None)
            else:
                part.pop(first, None)
    return rest


@given(st.integers(0, len(SIGNED) - 1), st.integers(0, 7))
def test_flipping_any_bit_that_is_signed_fails(position, bit):
    changed = bytearray(SIGNED)
    changed[position] ^= 1 << bit
    try:
        found = read(bytes(changed), "b")
    except PermanentError:
        return
    try:
        is_same = signed_part(found.data) == signed_part(read(SIGNED, "b").data)
    except (AttributeError, KeyError, TypeError, IndexError):
        is_same = False
    if not is_same:
        refusal(bytes(changed))


def leaves(value, steps=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*steps, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, (*steps, number))
    else:
        yield steps


@pytest.mark.parametrize("steps", sorted(leaves(signed_part(BUNDLE)), key=str), ids=str)
def test_every_signed_field_is_covered(steps):
    data = yaml.safe_load(SIGNED)
    at = data
    for step in steps[:-1]:
        at = at[step]
    at[steps[-1]] = f"{at[steps[-1]]}0"

    assert refusal(data).code == "BUNDLE_TAMPERED"


def test_the_signature_of_a_distro_release_is_in_its_bundle(written):
    release = distro("1.33", 24)
    bundle = sign_distro(sign_bundle(BUNDLE, KEY), release, "1-33", KEY)

    verify_bundle(written(bundle), PUBLIC)
    verify_distro(written(bundle), written(release), "1-33", PUBLIC)

    release["spec"]["number"] = 25
    with pytest.raises(PermanentError) as caught:
        verify_distro(written(bundle), written(release), "1-33", PUBLIC)
    assert caught.value.code == "DISTRO_TAMPERED"
    with pytest.raises(PermanentError) as caught:
        verify_distro(written(bundle), written(release), "1-34", PUBLIC)
    assert caught.value.code == "DISTRO_UNSIGNED"


def test_the_signed_form_is_json_as_go_writes_it():
    data: Table = {"b": "<&>\u2028é\t", "a": [1.0, 2.5, None, True], "d": {}, "c": {"x": 1, "y": 2}}

    assert canonical(data, [path(".c.x"), path('."b-not-there"'), path(".a[].z")]) == (
        '{"a":[1,2.5,null,true],"b":"\\u003c\\u0026\\u003e\\u2028é\\t","c":{"y":2},"d":{}}'.encode()
    )


@pytest.mark.parametrize("text", ["", "spec", ".spec[", ".a | .b", ".a[0]", ".a..b"])
def test_a_path_that_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match="is no path"):
        path(text)


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_signed_form_loses_nothing(value):
    assert json.loads(canonical({"value": value}, [])) == {"value": value}


def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_a_key_may_be_pem_or_base64():
    assert public_key(pem(KEY).decode()).name == PUBLIC.name
    assert public_key(f"  {EKSA_BUNDLE_KEY}\n").name == default_keys()[0].name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        base64.b64encode(b"no key").decode(),
        "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----",
        pem(ed25519.Ed25519PrivateKey.generate()).decode(),
        pem(ec.generate_private_key(ec.SECP384R1())).decode(),
    ],
    ids=["empty", "text", "base64", "pem", "ed25519", "p384"],
)
def test_what_is_no_such_key_is_bad_input(text):
    with pytest.raises(BadInput) as caught:
        public_key(text)
    assert caught.value.code == "KEY_INVALID"
