"""What vCenter and the network say when something goes wrong, as this project's errors.

No text of the server is repeated but names of faults, privileges and objects: it may hold anything.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from xml.parsers.expat import ExpatError

from bedplate.adapters.vsphere.api import vim, vmodl
from bedplate.errors import BedplateError, Owner, PermanentError, TemporaryError

AUTH_DENIED = "AUTH_DENIED"
TOO_MANY = 429
STATUS = re.compile(r"\s*(\d{3})\b")

# What passes: another task has the object, the server starts or stops, a host does not answer.
PASSING: tuple[type[Exception], ...] = (
    vim.fault.TaskInProgress,
    vim.fault.ConcurrentAccess,
    vim.fault.HostConnectFault,
    vim.fault.Timedout,
    vmodl.fault.SystemError,
    vmodl.fault.HostCommunication,
    vmodl.fault.HostNotConnected,
    vmodl.fault.HostNotReachable,
    vmodl.fault.RequestCanceled,
)


@contextmanager
def explained(server: str) -> Iterator[None]:
    """Turn what pyVmomi and the network raise into a TemporaryError or a PermanentError."""
    try:
        yield
    except vmodl.MethodFault as fault:
        raise of_fault(server, fault) from None
    except (http.client.HTTPException, ExpatError) as error:
        # RemoteDisconnected is an OSError too, but an HTTPException first.
        raise _of_http(server, error) from None
    except OSError as error:
        raise unreachable(server, error) from None


def of_fault(server: str, fault: Exception) -> BedplateError:
    """Return the error that a vSphere fault is."""
    if isinstance(fault, vim.fault.NotAuthenticated):  # a NoPermission too
        return unavailable(server, "it ends the session at once")
    if isinstance(fault, vim.fault.NoPermission):
        return _missing(server, fault)
    if isinstance(fault, vim.fault.InvalidLogin | vim.fault.PasswordExpired):
        return denied(server, name_of(fault))
    name = name_of(fault)
    if isinstance(fault, PASSING):
        return unavailable(server, f"it answers {name}")
    return PermanentError(
        "VCENTER_REFUSED",
        f"vCenter {server} refuses: {name}",
        why="it does not do what was asked, and would not do it the next time",
        remedy="see the event and the failed task in the vSphere client",
        owner=Owner.VSPHERE,
    )


def name_of(fault: Exception) -> str:
    """Return a fault's name without pyVmomi's prefix, such as `DuplicateName`."""
    return type(fault).__name__.rpartition(".")[2]


def denied(server: str, seen: str = "") -> PermanentError:
    """Return the error for a user who is not let in."""
    return PermanentError(
        AUTH_DENIED,
        f"vCenter {server} does not let the user in" + (f" ({seen})" if seen else ""),
        why="the user name or the password is wrong, has expired, or the account is locked",
        remedy="correct 'vcenter/username' and 'vcenter/password' in the vault; unlock the account"
        " in the vSphere client: Administration > Single Sign On > Users and Groups",
        owner=Owner.VSPHERE,
    )


def unavailable(server: str, seen: str) -> TemporaryError:
    """Return the error for a vCenter that cannot answer now."""
    return TemporaryError(
        "API_UNAVAILABLE",
        f"vCenter {server} cannot answer now: {seen}",
        why="it starts, stops, or has too much to do",
        remedy="it is tried again; see its services in the appliance's management page, port 5480",
        owner=Owner.VSPHERE,
    )


def of_status(server: str, status: int) -> BedplateError:
    """Return the error for an HTTP status that is no answer."""
    if status == TOO_MANY:
        return TemporaryError(
            "RATE_LIMITED",
            f"vCenter {server} wants fewer calls (HTTP {status})",
            why="too many sessions or calls at once",
            remedy="it is tried again; end sessions that nobody uses: govc session.ls, session.rm",
            owner=Owner.VSPHERE,
        )
    return unavailable(server, f"HTTP {status}")


def unreachable(server: str, error: OSError) -> TemporaryError:
    """Return the error for a server that nobody reaches."""
    silent = isinstance(error, TimeoutError)
    reason = "no answer in time" if silent else error.strerror or type(error).__name__
    return TemporaryError(
        "NET_UNREACHABLE",
        f"{server} does not answer: {reason}",
        why="nothing can be looked at or made there",
        remedy=f"see whether the name resolves and port 443 is open: curl -kI https://{server}",
        owner=Owner.NETWORK,
    )


def _of_http(server: str, error: Exception) -> BedplateError:
    if isinstance(error, OSError):
        return unreachable(server, error)
    status = STATUS.match(str(error))
    if status is not None:
        return of_status(server, int(status.group(1)))
    return unavailable(server, "its answer is cut off or is no vSphere answer")


def _missing(server: str, fault: vim.fault.NoPermission) -> PermanentError:
    privilege = fault.privilegeId or "a privilege"
    where = f" on {reference(fault.object)}" if fault.object is not None else ""
    return PermanentError(
        "PERM_MISSING",
        f"vCenter {server} asks for {privilege}{where}",
        why="the user's roles do not hold it there",
        remedy=f"add {privilege} to the user's role in the vSphere client: Administration >"
        " Access Control > Roles",
        owner=Owner.VSPHERE,
    )


def reference(thing: object) -> str:
    """Return an object's reference as govc writes it, such as `VirtualMachine:vm-12`."""
    return str(thing).strip("'").removeprefix("vim.")
