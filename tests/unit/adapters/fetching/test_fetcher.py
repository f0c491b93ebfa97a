"""Manifests are read anew each time; their copies are used only where that is asked for."""

import pytest

from bedplate.adapters.fetching import Cache, Fetcher
from bedplate.errors import PermanentError, TemporaryError


@pytest.fixture
def said():
    return []


def test_a_manifest_is_read_anew_each_time(origin, web, cache):
    fetcher = Fetcher(web, cache)
    origin.pages["/m"] = b"one"
    first = fetcher.read(f"{origin.base}/m")
    origin.pages["/m"] = b"two"

    assert (first, fetcher.read(f"{origin.base}/m")) == (b"one", b"two")


def test_offline_the_last_copy_is_used_and_that_is_said(origin, web, cache, said):
    origin.pages["/m"] = b"one"
    Fetcher(web, cache).read(f"{origin.base}/m")
    del origin.pages["/m"]
    asked = len(origin.asked)

    offline = Fetcher(web, cache, offline=True, warn=said.append)

    assert offline.read(f"{origin.base}/m") == b"one"
    assert len(origin.asked) == asked
    assert f"{origin.base}/m: the copy of " in said[0]


def test_a_copy_is_never_used_in_place_of_a_network_that_fails(origin, web, cache):
    origin.pages["/m"] = b"one"
    fetcher = Fetcher(web, cache)
    fetcher.read(f"{origin.base}/m")
    origin.pages["/m"] = (503, {}, b"")

    with pytest.raises(TemporaryError):
        fetcher.read(f"{origin.base}/m")


@pytest.mark.parametrize("damage", ["none", "other content", "no note"])
def test_offline_without_a_whole_copy_there_is_nothing(web, cache, tmp_path, damage):
    uri = "https://example.com/m"
    if damage != "none":
        cache.keep(uri, b"one")
        pattern = "blobs/*/*" if damage == "other content" else "names/*"
        for path in (tmp_path / "cache").glob(pattern):
            path.write_bytes(b"two")

    with pytest.raises(PermanentError) as caught:
        Fetcher(web, cache, offline=True).read(uri)
    assert caught.value.code == "OFFLINE_MISSING"


def test_a_cache_that_cannot_be_written_is_said_and_stops_nothing(origin, web, tmp_path, said):
    (tmp_path / "file").write_text("in the way")
    origin.pages["/m"] = b"one"

    fetcher = Fetcher(web, Cache(tmp_path / "file"), warn=said.append)

    assert fetcher.read(f"{origin.base}/m") == b"one"
    assert "no copy of" in said[0]


def test_files_are_read_as_they_are(web, tmp_path):
    path = tmp_path / "m.yaml"
    path.write_bytes(b"one")

    assert Fetcher(web).read(str(path)) == b"one"
    assert Fetcher(web, offline=True).read(f"file://{path}") == b"one"


def test_a_file_that_is_not_there_or_is_none(web, tmp_path):
    for path, code in ((tmp_path / "none", "SOURCE_MISSING"), (tmp_path, "SOURCE_UNREADABLE")):
        with pytest.raises(PermanentError) as caught:
            Fetcher(web).read(str(path))
        assert caught.value.code == code
        assert str(path) in caught.value.seen
