"""HTTP as values: what the web server hands to the companion's API and gets back, so that neither knows the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose route is known; `params` come from its path, header names are lower case."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    owner: bool
    """Whether it comes from the owner (see `companion.access`)."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: `body` is bytes, a file to send, or a stream that goes on until the client leaves."""

    status: int
    content_type: str
    body: bytes | PurePath | AsyncIterator[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path. `max_bytes` limits the body (0: none is read)."""

    method: str
    path: str
    max_bytes: int
    handle: Callable[[Request], Awaitable[Response]]
