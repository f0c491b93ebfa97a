import hashlib

import pytest

from bedplate.adapters.vsphere import Access
from bedplate.adapters.vsphere.session import Credentials
from bedplate.adapters.vsphere.wire import is_thumbprint_of, thumbprint
from bedplate.errors import PermanentError

CERTIFICATE = b"the bytes of a certificate"


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [
        ("vcenter.example.com", "vcenter.example.com", 443),
        ("vcenter.example.com:8443", "vcenter.example.com", 8443),
        ("https://vcenter.example.com/sdk", "vcenter.example.com", 443),
        ("198.18.0.1", "198.18.0.1", 443),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443),
        ("2001:db8::1", "2001:db8::1", 443),
    ],
)
def test_a_server_is_a_name_or_an_address_with_a_port_or_without(server, host, port):
    access = Access(server)
    assert (access.host, access.port) == (host, port)


@pytest.mark.parametrize("server", ["", ":443", "vcenter:port", "[2001:db8"])
def test_what_is_no_server_is_said_to_be_none(server):
    with pytest.raises(PermanentError) as caught:
        assert Access(server).host
    assert caught.value.code == "SERVER_INVALID"


def test_a_thumbprint_is_written_as_vsphere_writes_it():
    assert thumbprint(CERTIFICATE).replace(":", "").lower() == hashlib.sha1(CERTIFICATE).hexdigest()
    assert thumbprint(CERTIFICATE)[2] == ":"


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_a_thumbprint_may_be_of_either_length_and_written_in_any_way(digest):
    pinned = thumbprint(CERTIFICATE, digest)
    for written in (pinned, pinned.lower(), pinned.replace(":", ""), f" {pinned}\n"):
        assert is_thumbprint_of(written, CERTIFICATE)
        assert not is_thumbprint_of(written, b"another certificate")


@pytest.mark.parametrize("text", ["", "AA:BB", "no thumbprint"])
def test_what_is_no_thumbprint_is_nobodys(text):
    assert not is_thumbprint_of(text, CERTIFICATE)


def test_credentials_do_not_show_the_password():
    assert "secret" not in repr(Credentials("bedplate", "secret"))
