"""An archive is there whole, with the digests that it must have, or not at all."""

import hashlib

import pytest

from bedplate.adapters.fetching import Archives
from bedplate.bundles import Archive
from bedplate.errors import PermanentError, TemporaryError

CONTENT = b"a virtual machine image" * 1000


def archive(uri, content=CONTENT, **more):
    digests = {name: hashlib.new(name, content).hexdigest() for name in ("sha256", "sha512")}
    return Archive(**{"uri": uri, **digests, **more})


@pytest.fixture
def archives(web, cache):
    return Archives(web, cache)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_archive_is_downloaded_once(origin, archives):
    origin.pages["/a.ova"] = CONTENT
    wanted = archive(f"{origin.base}/a.ova")

    path = archives.fetch(wanted)

    assert path.read_bytes() == CONTENT
    assert archives.fetch(wanted) == path
    assert origin.asked == ["/a.ova"]


@pytest.mark.parametrize("lacks", ["sha256", "sha512"])
def test_one_digest_is_enough(origin, archives, lacks):
    origin.pages["/a.ova"] = CONTENT

    assert archives.fetch(archive(f"{origin.base}/a.ova", **{lacks: ""})).is_file()


@pytest.mark.parametrize("wrong", ["sha256", "sha512"])
def test_an_archive_with_another_digest_is_not_kept(origin, archives, tmp_path, wrong):
    origin.pages["/a.ova"] = CONTENT
    other = {wrong: hashlib.new(wrong, b"other").hexdigest()}

    with pytest.raises(PermanentError) as caught:
        archives.fetch(archive(f"{origin.base}/a.ova", **other))
    assert caught.value.code == "DIGEST_MISMATCH"
    assert hashlib.new(wrong, CONTENT).hexdigest() in caught.value.seen
    assert files(tmp_path) == []


def test_an_archive_that_is_cut_on_its_way_is_not_kept(origin, archives, tmp_path):
    head = {"Content-Length": str(len(CONTENT)), "Connection": "close"}
    origin.pages["/a.ova"] = (200, head, CONTENT[:100])

    with pytest.raises(TemporaryError):
        archives.fetch(archive(f"{origin.base}/a.ova"))
    assert files(tmp_path) == []


def test_a_kept_archive_that_was_damaged_is_downloaded_again(origin, archives):
    origin.pages["/a.ova"] = CONTENT
    wanted = archive(f"{origin.base}/a.ova")
    archives.fetch(wanted).write_bytes(b"damaged")

    assert archives.fetch(wanted).read_bytes() == CONTENT


@pytest.mark.parametrize("digest", ["", "../../../etc/passwd", "ab", "zz" * 32])
def test_an_archive_without_a_digest_is_refused(origin, archives, digest):
    with pytest.raises(PermanentError) as caught:
        archives.fetch(archive(f"{origin.base}/a.ova", sha256=digest, sha512=""))
    assert caught.value.code == "DIGEST_MISSING"
    assert origin.asked == []


def test_an_archive_may_be_a_file(archives, tmp_path):
    (tmp_path / "a.ova").write_bytes(CONTENT)

    assert archives.fetch(archive(str(tmp_path / "a.ova"))).read_bytes() == CONTENT
    with pytest.raises(PermanentError) as caught:
        archives.fetch(archive(str(tmp_path / "b.ova"), b"other"))
    assert caught.value.code == "SOURCE_MISSING"
