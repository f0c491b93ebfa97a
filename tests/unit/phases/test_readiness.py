"""When an applied object does its work."""

import pytest

from bedplate.phases.readiness import unready

NAMED = {"cert-manager.io/inject-ca-from": "capi-system/serving-cert"}


def made(kind, annotations=None, **more):
    return {"kind": kind, "metadata": {"name": "x", "annotations": annotations or {}}, **more}


def conditions(**by_type):
    return {"conditions": [{"type": kind, "status": status} for kind, status in by_type.items()]}


def converting(authority):
    client = {"clientConfig": {"caBundle": authority}}
    conversion = {"strategy": "Webhook", "webhook": client}
    served = conditions(Established="True")
    return made("CustomResourceDefinition", NAMED, spec={"conversion": conversion}, status=served)


@pytest.mark.parametrize(
    "obj",
    [
        made("Role"),
        made("CustomResourceDefinition", status=conditions(Established="True")),
        made("Certificate", status=conditions(Ready="True")),
        made("ValidatingWebhookConfiguration", webhooks=[{"clientConfig": {}}]),
        made("MutatingWebhookConfiguration", NAMED, webhooks=[{"clientConfig": {"caBundle": "A"}}]),
        converting("QQ=="),
    ],
)
def test_ready(obj):
    assert unready(obj) == ""


@pytest.mark.parametrize(
    ("obj", "still"),
    [
        (made("CustomResourceDefinition"), "to be served"),
        (made("CustomResourceDefinition", status=conditions(Established="False")), "to be served"),
        (made("Certificate"), "to be issued"),
        (made("Deployment"), "to be available"),
        (
            made("MutatingWebhookConfiguration", NAMED, webhooks=[{"clientConfig": {}}]),
            "to know the authority of its webhook",
        ),
        (converting("Cg=="), "to know the authority of its webhook"),
    ],
)
def test_not_ready_yet(obj, still):
    assert unready(obj) == still
