"""HTTP as values: what the web server hands to the companion's API and gets back, so that neither knows the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

SMALL_BODY_BYTES: Final = 64 << 10
"""Endpoints that take more get an upload, so that no large body ever lies in the process's own memory."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose route is known; `params` come from its path, header names are lower case."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    """Empty when the body is an upload."""
    owner: bool
    """Whether it comes from the owner (see `companion.access`)."""
    upload: int = -1
    """Descriptor of a file in memory that holds a large body, at its beginning; closed once the request is answered."""
    query: Mapping[str, str] = field(default_factory=dict)
    """What stands behind the `?`; of a name that stands there twice the last."""


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
