"""What phases may rely on of a Kubernetes API server."""

import base64

import pytest

from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.kube import Kind, Reach, Ref, Side
from tests.contract.sites import (
    CLUSTER,
    CONFIG_MAP,
    KUBES,
    NAMESPACE,
    SECRET,
    capi_cluster,
    config_map,
    owner,
    thing,
    wait,
)

pytestmark = pytest.mark.parametrize("site", KUBES, indirect=True)


def version_of(obj) -> int:
    return int(obj["metadata"]["resourceVersion"])


# -- reach ---------------------------------------------------------------------------------------


def test_a_bootstrap_cluster_that_does_not_exist_is_absent(ports):
    assert ports.kube[Side.BOOTSTRAP].reach() is Reach.ABSENT


def test_a_cluster_is_absent_until_its_kubeconfig_is_known_and_silent_until_it_runs(ports, spec):
    kube = ports.kube[Side.CLUSTER]
    assert kube.reach() is Reach.ABSENT
    ports.vault.put(f"{spec.name}/kubeconfig", "apiVersion: v1\nkind: Config\n")
    assert kube.reach() is Reach.SILENT


def test_a_workload_that_is_not_there_has_no_logs(kube):
    assert kube.logs(Ref(Kind("apps/v1", "Deployment"), NAMESPACE, "none"), 10) == {}


# -- create and read -----------------------------------------------------------------------------


def test_a_created_object_gets_an_identity(kube):
    ref, manifest = config_map("one", data={"a": "1"})
    made = kube.create(ref, manifest)
    assert made["metadata"]["uid"]
    assert made["metadata"]["creationTimestamp"].endswith("Z")
    assert kube.get(ref) == made


def test_creating_again_returns_what_is_there_and_changes_nothing(kube):
    ref, manifest = config_map("one", data={"a": "1"})
    made = kube.create(ref, manifest)
    assert kube.create(ref, {**manifest, "data": {"a": "2"}}) == made
    assert kube.get(ref) == made


def test_create_gives_a_new_uid_whatever_the_old_one_was(defined):
    ref, manifest = capi_cluster("c1", spec={}, uid="11111111-2222-3333-4444-555555555555")
    made = defined.create(ref, manifest)
    assert made["metadata"]["uid"] != manifest["metadata"]["uid"]


def test_a_resource_version_cannot_be_chosen(kube):
    ref, manifest = config_map("one")
    manifest = {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": "7"}}
    with pytest.raises(PermanentError) as caught:
        kube.create(ref, manifest)
    assert caught.value.code == "API_INVALID"


def test_a_dry_run_keeps_nothing(kube):
    ref, manifest = config_map("one", data={"a": "1"})
    assert kube.dry_run(ref, manifest)["data"] == {"a": "1"}
    assert kube.get(ref) is None


def test_a_dry_run_does_not_look_for_owners(kube):
    ghost = {"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "no-such-uid"}
    ref, manifest = config_map("one", ownerReferences=[ghost])
    assert kube.dry_run(ref, manifest)["metadata"]["ownerReferences"] == [ghost]


def test_a_list_is_sorted_and_selects_by_all_labels_and_by_namespace(kube):
    kube.apply(*thing("v1", "Namespace", "other", namespace=""))
    for name, labels in (("b", {"x": "1", "y": "2"}), ("a", {"x": "1"}), ("c", {"y": "2"})):
        kube.apply(*config_map(name, labels=labels))
    kube.apply(*thing("v1", "ConfigMap", "z", namespace="other", labels={"x": "1"}))

    def names(*selection):
        return [obj["metadata"]["name"] for obj in kube.list(CONFIG_MAP, *selection)]

    assert names(NAMESPACE) == ["a", "b", "c"]
    assert names(NAMESPACE, {"x": "1", "y": "2"}) == ["b"]
    assert names("", {"x": "1"}) == ["a", "b", "z"]


def test_what_was_read_can_be_changed_without_changing_what_is_stored(kube):
    ref, manifest = config_map("one", data={"a": "1"})
    kube.create(ref, manifest)["data"]["a"] = "mine"
    assert kube.get(ref)["data"] == {"a": "1"}


def test_a_secrets_plain_text_becomes_data(kube):
    ref, manifest = thing("v1", "Secret", "one", stringData={"key": "word"})
    kube.apply(ref, manifest)
    stored = kube.get(Ref(SECRET, NAMESPACE, "one"))
    assert base64.b64decode(stored["data"]["key"]) == b"word"
    assert "stringData" not in stored


# -- what is not accepted ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "ref_name"),
    [
        ({"metadata": {"name": "Not_A_Name", "namespace": NAMESPACE}}, "Not_A_Name"),
        ({"metadata": {"name": "other", "namespace": NAMESPACE}}, "one"),
        ({"metadata": {"name": "one", "namespace": "elsewhere"}}, "one"),
        ({"kind": "Secret"}, "one"),
        ({"apiVersion": "v2"}, "one"),
    ],
    ids=["name", "other name", "other namespace", "other kind", "other version"],
)
def test_an_object_that_is_not_what_the_request_says_is_invalid(kube, change, ref_name):
    _, manifest = config_map("one")
    for verb in (kube.apply, kube.create, kube.dry_run):
        with pytest.raises(PermanentError) as caught:
            verb(Ref(CONFIG_MAP, NAMESPACE, ref_name), {**manifest, **change})
        assert caught.value.code == "API_INVALID"


def test_a_namespace_must_exist(kube):
    ref, manifest = thing("v1", "ConfigMap", "one", namespace="nowhere")
    with pytest.raises(PermanentError) as caught:
        kube.apply(ref, manifest)
    assert caught.value.code == "API_INVALID"
    assert kube.get(ref) is None


def test_nothing_can_be_made_of_a_kind_that_has_no_definition(kube):
    ref, manifest = capi_cluster("c1", spec={})
    for verb in (kube.apply, kube.create, kube.dry_run):
        with pytest.raises(PermanentError) as caught:
            verb(ref, manifest)
        assert caught.value.code == "API_UNKNOWN_KIND"


def test_there_is_nothing_of_a_kind_that_has_no_definition(kube):
    ref, _ = capi_cluster("c1", spec={})
    assert kube.get(ref) is None
    assert kube.list(ref.kind) == []
    assert kube.patch(ref, {"spec": {}}) is None
    kube.delete(ref)


def test_a_kind_known_in_other_versions_only_is_not_taken_for_empty(defined):
    ref = Ref(Kind("cluster.x-k8s.io/v1alpha1", "Cluster"), NAMESPACE, "c1")
    for call in (lambda: defined.get(ref), lambda: defined.list(ref.kind)):
        with pytest.raises(PermanentError) as caught:
            call()
        assert caught.value.code == "API_UNKNOWN_KIND"


def test_every_served_version_shows_the_same_object(defined):
    ref, manifest = capi_cluster("c1", spec={})
    made = defined.apply(ref, manifest)
    older = Ref(Kind("cluster.x-k8s.io/v1beta1", "Cluster"), NAMESPACE, "c1")
    found = defined.get(older)
    assert found["apiVersion"] == "cluster.x-k8s.io/v1beta1"
    assert found["metadata"]["uid"] == made["metadata"]["uid"]


# -- versions ------------------------------------------------------------------------------------


def test_resource_versions_grow_with_every_change_and_only_then(kube):
    ref, manifest = config_map("one", data={"a": "1"})
    first = kube.apply(ref, manifest)
    assert version_of(kube.apply(ref, manifest)) == version_of(first)
    second = kube.apply(ref, {**manifest, "data": {"a": "2"}})
    assert version_of(second) > version_of(first)


def test_a_generation_counts_changes_of_the_specification_only(defined):
    ref, manifest = capi_cluster("c1", spec={"paused": True})
    assert defined.apply(ref, manifest)["metadata"]["generation"] == 1
    labelled = defined.patch(ref, {"metadata": {"labels": {"x": "1"}}})
    assert labelled["metadata"]["generation"] == 1
    assert defined.patch(ref, {"spec": {"paused": None}})["metadata"]["generation"] == 2


@pytest.mark.parametrize(
    ("kind", "body", "counted"),
    [
        ("Service", {"spec": {"ports": [{"port": 80}]}}, False),
        ("ServiceAccount", {}, False),
        ("Secret", {}, False),
        ("Pod", {"spec": {"containers": [{"name": "a", "image": "b"}]}}, True),
    ],
)
def test_some_kinds_have_no_generation(kube, kind, body, counted):
    made = kube.create(*thing("v1", kind, "one", **body))
    assert ("generation" in made["metadata"]) is counted


def test_an_identity_cannot_be_patched(kube):
    ref, manifest = config_map("one")
    made = kube.create(ref, manifest)
    for field in ("uid", "name"):
        with pytest.raises(PermanentError) as caught:
            kube.patch(ref, {"metadata": {field: "other"}})
        assert caught.value.code == "API_INVALID"
    assert kube.get(ref) == made


def test_a_write_meant_for_an_older_version_is_a_conflict(kube):
    ref, manifest = config_map("one", data={"a": "1"})
    old = kube.apply(ref, manifest)["metadata"]["resourceVersion"]
    kube.apply(ref, {**manifest, "data": {"a": "2"}})
    with pytest.raises(TemporaryError) as caught:
        kube.patch(ref, {"metadata": {"resourceVersion": old}, "data": {"a": "3"}})
    assert caught.value.code == "CONFLICT"
    assert kube.get(ref)["data"] == {"a": "2"}


# -- apply and patch -----------------------------------------------------------------------------


def test_apply_merges_maps_and_replaces_lists(defined):
    first = {"clusterNetwork": {"pods": {"cidrBlocks": ["10.0.0.0/8", "11.0.0.0/8"]}}}
    ref, manifest = capi_cluster("c1", spec=first)
    defined.apply(ref, manifest)
    defined.patch(ref, {"spec": {"clusterNetwork": {"serviceDomain": "cluster.local"}}})
    second = {"clusterNetwork": {"pods": {"cidrBlocks": ["12.0.0.0/8"]}}}
    found = defined.apply(ref, {**manifest, "spec": second})
    assert found["spec"]["clusterNetwork"] == {
        "pods": {"cidrBlocks": ["12.0.0.0/8"]},
        "serviceDomain": "cluster.local",
    }


def test_apply_removes_what_it_applied_before_and_no_longer_does(kube):
    ref, manifest = config_map("one", data={"a": "1", "b": "2"}, labels={"x": "1"})
    kube.apply(ref, manifest)
    kube.patch(ref, {"data": {"theirs": "3"}})
    found = kube.apply(ref, config_map("one", data={"b": "2"})[1])
    assert found["data"] == {"b": "2", "theirs": "3"}
    assert "labels" not in found["metadata"]


def test_apply_says_who_manages_which_field(kube):
    found = kube.apply(*config_map("one", data={"a": "1"}))
    (entry,) = found["metadata"]["managedFields"]
    assert entry["operation"] == "Apply"
    assert entry["fieldsV1"] == {"f:data": {"f:a": {}}}


def test_a_patch_merges_removes_and_leaves_the_rest(kube):
    ref, manifest = config_map("one", data={"a": "1", "b": "2"})
    kube.apply(ref, manifest)
    assert kube.patch(ref, {"data": {"a": None, "c": "3"}})["data"] == {"b": "2", "c": "3"}


def test_a_patch_of_what_is_gone_says_so(kube):
    assert kube.patch(Ref(CONFIG_MAP, NAMESPACE, "gone"), {"data": {"a": "1"}}) is None


def test_the_parameters_of_a_storage_class_stay(kube):
    ref, manifest = thing(
        "storage.k8s.io/v1",
        "StorageClass",
        "standard",
        namespace="",
        provisioner="csi.vsphere.vmware.com",
        parameters={"storagepolicyname": "gold"},
    )
    kube.apply(ref, manifest)
    with pytest.raises(PermanentError) as caught:
        kube.apply(ref, {**manifest, "parameters": {"storagepolicyname": "silver"}})
    assert caught.value.code == "API_INVALID"


# -- deletion ------------------------------------------------------------------------------------


def test_a_deleted_object_is_gone_and_deleting_it_again_succeeds(kube):
    ref, manifest = config_map("one")
    kube.apply(ref, manifest)
    kube.delete(ref)
    assert kube.get(ref) is None
    kube.delete(ref)


def test_finalizers_keep_a_deleted_object_until_the_last_is_removed(kube):
    ref, manifest = config_map("one", finalizers=["example.com/a", "example.com/b"])
    kube.apply(ref, manifest)
    kube.delete(ref)
    assert kube.get(ref)["metadata"]["deletionTimestamp"]
    kube.patch(ref, {"metadata": {"finalizers": ["example.com/b"]}})
    assert kube.get(ref) is not None
    kube.patch(ref, {"metadata": {"finalizers": None}})
    assert kube.get(ref) is None


def test_what_an_owner_owned_goes_after_it(kube, ports):
    parent = kube.apply(*config_map("parent"))
    child, manifest = config_map("child", ownerReferences=[owner(parent)])
    kube.apply(child, manifest)
    ports.clock.sleep(60)
    assert kube.get(child) is not None
    kube.delete(Ref(CONFIG_MAP, NAMESPACE, "parent"))
    wait(ports, lambda: kube.get(child) is None)


def test_one_living_owner_is_enough(kube, ports):
    parent = kube.apply(*config_map("parent"))
    ghost = owner(parent, uid="no-such-uid", name="ghost")
    child, manifest = config_map("child", ownerReferences=[ghost, owner(parent)])
    kube.apply(child, manifest)
    ports.clock.sleep(60)
    assert kube.get(child) is not None


def test_an_object_whose_owners_never_lived_here_is_collected(kube, ports):
    ghost = {"apiVersion": "v1", "kind": "ConfigMap", "name": "parent", "uid": "from-elsewhere"}
    kube.apply(*config_map("parent"))
    child, manifest = config_map("child", ownerReferences=[ghost])
    assert kube.create(child, manifest)
    wait(ports, lambda: kube.get(child) is None)


def test_a_namespace_takes_its_objects_with_it(kube, ports):
    space, manifest = thing("v1", "Namespace", "other", namespace="")
    kube.apply(space, manifest)
    inside, content = thing("v1", "ConfigMap", "one", namespace="other")
    kube.apply(inside, content)
    for _ in range(2):
        kube.delete(space)
    with pytest.raises(PermanentError):
        kube.apply(*thing("v1", "ConfigMap", "two", namespace="other"))
    wait(ports, lambda: kube.get(space) is None)
    assert kube.get(inside) is None


def test_a_definition_takes_its_objects_with_it(defined, ports):
    ref, manifest = capi_cluster("c1", spec={})
    defined.apply(ref, manifest)
    crd = Ref(
        Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        "",
        f"clusters.{CLUSTER.group}",
    )
    defined.delete(crd)
    wait(ports, lambda: defined.get(crd) is None)
    assert defined.get(ref) is None
    with pytest.raises(PermanentError) as caught:
        defined.apply(ref, manifest)
    assert caught.value.code == "API_UNKNOWN_KIND"
