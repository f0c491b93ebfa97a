"""Web requests that ask for a head only: through a proxy, and past a registry's challenge."""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from bedplate.adapters.probing import tls
from bedplate.ports.network import Access, Answer

# A registry finds a manifest only for whom it says that it can read it.
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "*/*",
)
USUAL_PORT = {"http": 80, "https": 443}
LONGEST_TOKEN = 64 * 1024
UNAUTHORIZED = 401
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Courier:
    """Asks servers as an `Access` says; one token per registry and repository is kept.

    `also` (PEM) are authorities that count beside the system's.
    """

    def __init__(self, access: Access, deadline: float, also: str = "") -> None:
        self._access = access
        self._deadline = deadline
        self._context = tls.context(access.authority, insecure=access.insecure, also=also)
        self._proxy = _proxy(access.proxy)
        self._tokens: dict[str, str] = {}

    def head(self, url: str) -> Answer:
        """Return the status of a URL's head; why there was none, where there was none."""
        try:
            return self._head(url)
        except ssl.SSLCertVerificationError as error:
            return Answer(None, f"its certificate is not trusted: {error.verify_message}")
        except TimeoutError:
            return Answer(None, f"no answer in {self._deadline:.0f} s")
        except (OSError, ValueError, http.client.HTTPException) as error:
            return Answer(None, _reason(error))

    def _head(self, url: str) -> Answer:
        headers = {"Accept": ", ".join(MANIFESTS)}
        repository = url.partition("/manifests/")[0]
        if repository in self._tokens:
            headers["Authorization"] = self._tokens[repository]
        status, challenge, _ = self._ask("HEAD", url, headers)
        if status == UNAUTHORIZED and challenge:
            authorization = self._authorization(challenge, url)
            if authorization:
                self._tokens[repository] = authorization
                headers["Authorization"] = authorization
                status, _, _ = self._ask("HEAD", url, headers)
        return Answer(status)

    def _authorization(self, challenge: str, url: str) -> str:
        """Return what answers a registry's challenge; empty where nothing does."""
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "basic":
            return self._basic() if _may_see_password(url, url) else ""
        parameters = dict(_PARAMETER.findall(rest))
        realm = parameters.pop("realm", "")
        if scheme.lower() != "bearer" or not realm:
            return ""
        asked = {name: parameters[name] for name in ("service", "scope") if name in parameters}
        basic = self._basic() if _may_see_password(realm, url) else ""
        status, _, body = self._ask(
            "GET",
            f"{realm}{'&' if '?' in realm else '?'}{urlencode(asked)}",
            {"Authorization": basic} if basic else {},
        )
        token = _token(body) if status == http.client.OK else ""
        return f"Bearer {token}" if token else ""

    def _basic(self) -> str:
        if not self._access.user:
            return ""
        return _basic(self._access.user, self._access.password)

    def _ask(self, method: str, url: str, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        """Return the status, the challenge and the body of an answer."""
        parts = urlsplit(url)
        connection, target, extra = self._connection(parts)
        try:
            connection.request(method, target, headers={**headers, **extra})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("WWW-Authenticate", ""), _body(answer, method)
        finally:
            connection.close()

    def _connection(
        self, parts: SplitResult
    ) -> tuple[http.client.HTTPConnection, str, Mapping[str, str]]:
        """Return a connection, what to ask for on it, and the headers that a proxy wants."""
        host, port = parts.hostname or "", parts.port or USUAL_PORT.get(parts.scheme, 0)
        if not host or not port:
            raise ValueError("this is no http:// or https:// address")
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        if parts.scheme == "http":
            if self._proxy is None:
                return self._plain(host, port), path, {}
            whole = f"http://{parts.netloc.rpartition('@')[2]}{path}"
            return self._plain(self._proxy.host, self._proxy.port), whole, self._proxy.headers
        near = (host, port) if self._proxy is None else (self._proxy.host, self._proxy.port)
        secure = http.client.HTTPSConnection(*near, timeout=self._deadline, context=self._context)
        if self._proxy is not None:
            secure.set_tunnel(host, port, headers=dict(self._proxy.headers))
        return secure, path, {}

    def _plain(self, host: str, port: int) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(host, port, timeout=self._deadline)


@dataclass(frozen=True, slots=True)
class _Proxy:
    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)


def _proxy(text: str) -> _Proxy | None:
    if not text:
        return None
    parts = urlsplit(text if "://" in text else f"//{text}")
    headers = {}
    if parts.username:
        login = (unquote(parts.username), unquote(parts.password or ""))
        headers["Proxy-Authorization"] = _basic(*login)
    return _Proxy(parts.hostname or "", parts.port or USUAL_PORT["http"], headers)


def _may_see_password(realm: str, url: str) -> bool:
    """A password goes out encrypted only, or to this very machine."""
    parts = urlsplit(realm)
    return parts.scheme == "https" or (
        parts.hostname in LOOPBACK and urlsplit(url).hostname in LOOPBACK
    )


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _body(answer: http.client.HTTPResponse, method: str) -> bytes:
    return answer.read(LONGEST_TOKEN) if method == "GET" else b""


def _token(body: bytes) -> str:
    try:
        given = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(given, dict):
        return ""
    return str(given.get("token") or given.get("access_token") or "")


def _reason(error: Exception) -> str:
    """What a person needs of an error; its class where it has no words of its own."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words or type(error).__name__
