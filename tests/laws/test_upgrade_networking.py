"""An upgrade's networking ends when every node of the control plane is ready on it."""

from bedplate.capi.kinds import NODE
from bedplate.engine.phase import Waiting
from bedplate.fact import Given
from bedplate.facts import ControlPlane, Machine, Networking
from bedplate.phases.upgrade.networking import UpgradeNetworking
from bedplate.ports.kube import Side
from bedplate.ports.tools import Tools
from bedplate.spec import load_text
from tests.laws.making import kube
from tests.unit.phases.two_sides import Notes


def looked_at(place, nodes):
    """Return what the step sees where these are the control plane's nodes."""
    machines = tuple(Machine(name=node, provider_id="", node=node) for node in nodes)
    fact = ControlPlane(endpoint="", kubeconfig="", machines=machines)
    spec = load_text(place.text)
    tools = Tools(spec, place.site.bundle(spec), place.site.open(spec), Notes(), print)
    return UpgradeNetworking(Side.CLUSTER).verify(Given(lambda key: fact), tools)


def test_one_node_that_is_not_ready_is_waited_for(finished):
    ready = [node["metadata"]["name"] for node in kube(finished).list(NODE)]
    assert isinstance(looked_at(finished, ready), Networking)

    seen = looked_at(finished, [*ready[:1], "not-ready"])

    assert isinstance(seen, Waiting)
    assert seen.on == "1 of 2 control-plane nodes ready"
    assert seen.evidence == {"not ready": "not-ready"}
