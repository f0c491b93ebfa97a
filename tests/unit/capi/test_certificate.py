"""Certificates as Cluster API makes them."""

import subprocess
import sys

AUTHORITY = """\
-----BEGIN CERTIFICATE-----
MIIBbzCCARSgAwIBAgIBADAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l
dGVzMCAXDTI2MTEyODEzNDkwOFoYDzIxMjYxMTA0MTM0OTA4WjAVMRMwEQYDVQQD
DAprdWJlcm5ldGVzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdjyb379kyfx0
Ky5tAfBnq+vxxgxbBTbbTCDt1TogtKNBi/dm/d+s9000XQXMvdnm6QsGwYEdozCx
Foj5chsCB6NTMFEwHQYDVR0OBBYEFKWGp+5k37MwnTv6L7j0I5dgoE+6MB8GA1Ud
IwQYMBaAFKWGp+5k37MwnTv6L7j0I5dgoE+6MA8GA1UdEwEB/wQFMAMBAf8wCgYI
KoZIzj0EAwIDSQAwRgIhAI9fcG1kkQ3kYjxCD7poEkLZVjKBCDKD2MqV4E9JC3NV
AiEAyNG05mwe6uPr9gMyy46tMie5QV03KzzIoLtBY4q+2Pk=
-----END CERTIFICATE-----
"""
READ = "import sys; from bedplate.capi.certificate import read_certificate as read"
SAY = "print(read(sys.argv[1].encode()).subject.rfc4514_string())"


def test_an_authority_without_a_serial_number_is_read_without_a_word():
    # In a process of its own: pytest has its own mind about warnings.
    done = subprocess.run(
        [sys.executable, "-c", f"{READ}; {SAY}", AUTHORITY],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("CN=kubernetes\n", "")
