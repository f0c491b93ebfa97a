import functools
import http.server
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bedplate.errors import PermanentError, TemporaryError
from bedplate.ports.vcenter import Inventory, TemplateSource
from tests.ova import make_ova
from tests.vcsim import DATASTORE, NETWORK, POOL

PATH = "/DC0/vm/Templates/bottlerocket-v1.34"
TAGS = ("os:bottlerocket", "eksdRelease:kubernetes-1-34-eks-12")


@pytest.fixture
def source(tmp_path) -> TemplateSource:
    archive = tmp_path / "machine.ova"
    digest = make_ova(archive, gib=(2, 18))
    return TemplateSource(PATH, str(archive), digest, DATASTORE, POOL, NETWORK, 22, TAGS)


def templates(vcenter, path=PATH):
    return vcenter.look().find(Inventory.TEMPLATE, path)


@contextmanager
def served(folder):
    """Serve a folder by HTTP; yields its address."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


def test_an_archive_becomes_a_template_with_tags_a_snapshot_and_its_size(vcsim, tmp_path, source):
    vcenter = vcsim.vcenter(tmp_path)

    vcenter.import_template(source)

    (template,) = templates(vcenter)
    assert template.tags == set(TAGS)
    assert template.disks_gib == (2, 20)
    assert template.snapshots == 1
    assert source.sha256 in template.annotation


def test_a_whole_template_is_not_made_again(vcsim, tmp_path, source):
    vcenter = vcsim.vcenter(tmp_path)
    vcenter.import_template(source)
    before = templates(vcenter)
    vcsim.delete("/calls")

    vcenter.import_template(source)

    assert templates(vcenter) == before
    assert "ImportVApp" not in vcsim.calls()


@pytest.mark.parametrize(
    "broken",
    [
        "POST /nfc",
        "HttpNfcLeaseComplete",
        "CreateSnapshot_Task",
        "MarkAsTemplate",
        "POST /rest/com/vmware/cis/tagging/category",
        "POST /rest/com/vmware/cis/tagging/tag-association?attach",
    ],
)
def test_an_interrupted_import_is_made_whole_by_the_next(vcsim, tmp_path, source, broken):
    vcenter = vcsim.vcenter(tmp_path)
    vcsim.post("/faults", method=broken, status=503, times=1)
    with pytest.raises(TemporaryError):
        vcenter.import_template(source)

    vcenter.import_template(source)

    (template,) = templates(vcenter)
    assert template.tags == set(TAGS)
    assert template.snapshots == 1
    assert not vcenter.virtual_machines("bottlerocket")


def test_somebody_elses_machine_is_not_replaced(vcsim, tmp_path, source):
    vcsim.machine(PATH)
    vcenter = vcsim.vcenter(tmp_path)
    with pytest.raises(PermanentError) as caught:
        vcenter.import_template(source)
    assert caught.value.code == "INVENTORY_TAKEN"
    assert vcenter.virtual_machines("bottlerocket")


def test_somebody_elses_template_is_left_as_it_is(vcsim, tmp_path, source):
    vcsim.template(PATH, tags=["os:ubuntu"])
    vcenter = vcsim.vcenter(tmp_path)
    vcenter.import_template(source)
    (template,) = templates(vcenter)
    assert template.tags == {"os:ubuntu"}


def test_another_digest_is_refused_before_vcenter_hears_of_it(vcsim, tmp_path, source):
    vcenter = vcsim.vcenter(tmp_path)
    with pytest.raises(PermanentError) as caught:
        vcenter.import_template(replace(source, sha256="0" * 64))
    assert caught.value.code == "IMAGE_MISMATCH"
    assert source.sha256 in caught.value.seen
    assert "ImportVApp" not in vcsim.calls()


def test_an_archive_is_fetched_and_its_copy_removed(vcsim, tmp_path, source):
    vcenter = vcsim.vcenter(tmp_path, state=tmp_path / "state")
    with served(tmp_path) as address:
        vcenter.import_template(replace(source, uri=f"{address}/machine.ova"))
        with pytest.raises(PermanentError) as caught:
            vcenter.import_template(replace(source, path=f"{PATH}-2", uri=f"{address}/other.ova"))
    assert caught.value.code == "IMAGE_MISSING"
    assert templates(vcenter)
    assert not list((tmp_path / "state").glob("*.ova"))


def test_an_address_that_nobody_serves_is_a_temporary_trouble(vcsim, tmp_path, source):
    with served(tmp_path) as address:
        pass
    with pytest.raises(TemporaryError) as caught:
        vcsim.vcenter(tmp_path).import_template(replace(source, uri=f"{address}/machine.ova"))
    assert caught.value.code == "NET_UNREACHABLE"


@pytest.mark.parametrize("content", ["text", "empty archive"])
def test_what_is_no_archive_is_said_to_be_none(vcsim, tmp_path, source, content):
    import hashlib

    archive = tmp_path / "broken.ova"
    if content == "text":
        archive.write_text("this is no archive" * 100)
    else:
        tarfile.open(archive, "w").close()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    with pytest.raises(PermanentError) as caught:
        vcsim.vcenter(tmp_path).import_template(replace(source, uri=str(archive), sha256=digest))
    assert caught.value.code == "IMAGE_INVALID"


@pytest.mark.parametrize("field", ["datastore", "resource_pool", "network"])
def test_a_place_that_is_not_there_is_named(vcsim, tmp_path, source, field):
    vcenter = vcsim.vcenter(tmp_path)
    with pytest.raises(PermanentError) as caught:
        vcenter.import_template(replace(source, **{field: "/DC0/none"}))
    assert caught.value.code == "INVENTORY_MISSING"
    assert "/DC0/none" in caught.value.seen


def test_deleting_deletes_a_template_and_nothing_else(vcsim, tmp_path):
    vcsim.template(PATH)
    vcsim.machine("/DC0/vm/machine")
    vcenter = vcsim.vcenter(tmp_path)

    for path in (PATH, PATH, "/DC0/vm/machine"):
        vcenter.delete_template(path)

    assert templates(vcenter) == ()
    assert vcenter.virtual_machines("machine")
