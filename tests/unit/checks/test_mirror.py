"""Registries: the mirror's certificate, login and images, and the way to any registry."""

import pytest

from bedplate.errors import Owner
from bedplate.ports.network import Answer, Trust
from bedplate.simulation.network import answer_with, hide_name, show_certificate
from tests.unit.checks.place import blocks, bottlerocket, setting, spec_of, warnings

HOST = "mirror.example.com"
BASE = f"{HOST}:443"


def mirrored(*edits, **fields):
    configuration = {"endpoint": HOST, **fields}
    return spec_of(setting("registryMirrorConfiguration", configuration), *edits)


# -- the operating system ------------------------------------------------------------------------


def test_bottlerocket_cannot_leave_a_certificate_unchecked(look):
    (finding,) = look("registry-mirror-os", mirrored(bottlerocket, insecureSkipVerify=True))
    assert finding.target.endswith("insecureSkipVerify")
    assert "caCertContent" in finding.remedy


@pytest.mark.parametrize(
    "spec",
    [mirrored(insecureSkipVerify=True), mirrored(bottlerocket)],
    ids=["ubuntu, unchecked", "bottlerocket, checked"],
)
def test_any_other_pair_of_system_and_mirror_is_fine(look, spec):
    assert look("registry-mirror-os", spec) == ()


# -- the certificate -----------------------------------------------------------------------------


def test_a_trusted_certificate_passes(look):
    assert look("registry-mirror-certificate", mirrored()) == ()


@pytest.mark.parametrize("trust", [Trust.SELF_SIGNED, Trust.UNKNOWN_AUTHORITY])
def test_an_unknown_authority_has_to_be_named_in_the_specification(place, look, trust):
    show_certificate(place.world, HOST, 443, trust)
    (finding,) = look("registry-mirror-certificate", mirrored())
    assert finding.target == BASE
    assert str(trust) in finding.seen
    assert "caCertContent is empty" in finding.seen
    assert "caCertContent" in finding.remedy
    assert finding.owner is Owner.SPEC_AUTHOR


@pytest.mark.parametrize(
    ("trust", "step"), [(Trust.WRONG_NAME, "endpoint"), (Trust.EXPIRED, "renew")]
)
def test_a_certificate_that_is_bad_in_itself_has_another_remedy(place, look, trust, step):
    show_certificate(place.world, HOST, 443, trust)
    (finding,) = look("registry-mirror-certificate", mirrored(caCertContent="PEM"))
    assert step in finding.remedy
    assert finding.owner is Owner.PLATFORM


def test_a_mirror_without_tls_is_found_out(place, look):
    show_certificate(place.world, HOST, 5000, None)
    (finding,) = look("registry-mirror-certificate", mirrored(port="5000"))
    assert finding.target == f"{HOST}:5000"
    assert finding.owner is Owner.NETWORK


def test_a_certificate_that_nobody_is_to_check_is_not_checked(place, look):
    show_certificate(place.world, HOST, 443, Trust.SELF_SIGNED)
    assert look("registry-mirror-certificate", mirrored(insecureSkipVerify=True)) == ()


# -- the login -----------------------------------------------------------------------------------


def test_a_mirror_with_a_login_needs_both_halves_of_it(place, look):
    spec = mirrored(authenticate=True)
    assert len(look("registry-mirror-login", spec)) == 2
    place.vault.put("registry/username", "puller")
    (finding,) = look("registry-mirror-login", spec)
    assert "registry/password" in finding.seen
    place.vault.put("registry/password", "secret-of-the-mirror")
    assert look("registry-mirror-login", spec) == ()


def test_a_mirror_without_a_login_needs_none(look):
    assert look("registry-mirror-login", mirrored()) == ()


# -- reachability --------------------------------------------------------------------------------


def test_every_registry_answers(look):
    assert look("registry", spec_of()) == ()


def test_a_greeting_that_asks_for_a_login_is_an_answer(place, look):
    answer_with(place.world, "https://public.ecr.aws*", Answer(401))
    assert look("registry", spec_of()) == ()


def test_a_registry_that_does_not_answer_is_named(place, look):
    answer_with(place.world, "https://public.ecr.aws*", Answer(None, "no answer in 10 s"))
    (finding,) = look("registry", spec_of())
    assert finding.target == "public.ecr.aws:443"
    assert "no answer in 10 s" in finding.seen
    assert finding.owner is Owner.NETWORK


def test_with_a_mirror_only_the_mirror_has_to_answer(place, look):
    answer_with(place.world, "https://public.ecr.aws*", Answer(None, "no answer in 10 s"))
    assert look("registry", mirrored()) == ()
    answer_with(place.world, f"https://{BASE}/*", Answer(None, "Connection refused"))
    assert blocks(look("registry", mirrored())) == [BASE]


def test_behind_a_proxy_the_proxy_is_asked_for_the_registry(place, look):
    proxy = {"httpProxy": "proxy.example.com:3128", "httpsProxy": "proxy.example.com:3128"}
    spec = spec_of(setting("proxyConfiguration", proxy))
    hide_name(place.world, "public.ecr.aws")  # only the proxy can resolve it
    assert look("registry", spec) == ()
    hide_name(place.world, "proxy.example.com")
    (finding,) = look("registry", spec)
    assert "through the proxy" in finding.seen


# -- images --------------------------------------------------------------------------------------


def test_a_mirror_with_every_image_passes(look):
    assert look("registry-mirror-images", mirrored()) == ()


def test_missing_images_are_counted_and_named_with_the_way_to_copy_them(place, look):
    answer_with(place.world, f"https://{BASE}/v2/*/cilium*/manifests/*", Answer(404))
    answer_with(place.world, f"https://{BASE}/v2/*kube-vip*/manifests/*", Answer(404))
    (finding,) = look("registry-mirror-images", mirrored())
    assert finding.target == BASE
    assert "1 of" in finding.seen
    assert "kube-vip" in finding.seen
    assert finding.remedy.startswith("copy each, such as: skopeo copy --all docker://public.ecr")
    assert f" docker://{BASE}/" in finding.remedy


def test_an_empty_mirror_is_one_finding(place, look):
    answer_with(place.world, f"https://{BASE}/v2/*", Answer(404))
    (finding,) = look("registry-mirror-images", mirrored())
    assert " more" in finding.seen


def test_a_tag_with_another_digest_is_a_warning(place, look):
    answer_with(place.world, f"https://{BASE}/v2/*kube-vip*/manifests/sha256:*", Answer(404))
    findings = look("registry-mirror-images", mirrored())
    assert blocks(findings) == []
    assert warnings(findings) == [BASE]
    assert "another digest" in findings[0].seen


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(403), "does not let us read"),
        (Answer(503), "it answers 503"),
        (Answer(None, "no answer in 10 s"), "no answer in 10 s"),
    ],
)
def test_a_mirror_that_does_not_say_is_not_taken_for_an_empty_one(place, look, answer, words):
    answer_with(place.world, f"https://{BASE}/v2/*", answer)
    (finding,) = look("registry-mirror-images", mirrored())
    assert words in finding.seen
    assert "not there" not in finding.seen


def test_images_are_looked_for_in_the_namespace_of_their_registry(place, look):
    answer_with(place.world, f"https://{BASE}/v2/*", Answer(404))
    answer_with(place.world, f"https://{BASE}/v2/eks/*", Answer(200))
    spaces = [{"registry": "public.ecr.aws", "namespace": "eks"}]
    assert look("registry-mirror-images", mirrored(ociNamespaces=spaces)) == ()


def test_images_of_a_registry_without_a_mirror_are_not_looked_for(place, look):
    answer_with(place.world, f"https://{BASE}/v2/*", Answer(404))
    spaces = [{"registry": "quay.io", "namespace": "quay"}]
    assert look("registry-mirror-images", mirrored(ociNamespaces=spaces)) == ()
