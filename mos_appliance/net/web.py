"""The web server: the one file that knows aiohttp. It serves endpoints, live sessions and the page's files."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

import msgspec
from aiohttp import WSMsgType, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from mos_appliance.errors import Unavailable
from mos_appliance.wire.http import SMALL_BODY_BYTES, Endpoint, Request, Response

LIVE_PATH: Final = "/api/v1/live"
MAX_PAGES: Final = 64
_PING_S: Final = 20.0
_LIVE_BUFFER_BYTES: Final = 32 * 1024
"""What a page has sent and the loop has not looked at waits with the page."""
_FAREWELL_S: Final = 1.0
"""Time that a page has to answer when it is told to go."""
_MOST_TURNS: Final = 1000
_FRAMES_AT_ONCE: Final = 16
"""Frames of one page, after which every other page has its turn."""
_STREAM_BUFFER_BYTES: Final = 16 * 1024
"""A stream is live: what a slow listener has not taken is dropped, not kept."""
_AT_ONCE: Final = 8
_PIECE_BYTES: Final = 64 << 10
_OWNER: Final = web.RequestKey("owner", bool)
_JSON: Final = "application/json"
_SECURITY: Final = {
    "Server": "mos",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}
_NOT_YET: Final = (
    "<!doctype html><meta charset=utf-8><title>MOS</title><p>{}</p><p><a href='/'>To the instrument</a></p>"
)

_log: Final = logging.getLogger("mos.hub.web")
_log.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError)))
"""What is no HTTP is its sender's fault, and told to the sender alone: any scan of ports would fill the log."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Verdict(Protocol):
    """Whether somebody may come in: `refused` is 0 or the HTTP status that turns the request away."""

    @property
    def owner(self) -> bool:
        """Whether it is the owner."""

    @property
    def refused(self) -> int:
        """0, or an HTTP status."""

    @property
    def why(self) -> str:
        """Why it is refused."""


class Session(Protocol):
    """One live connection without its socket."""

    close_code: int
    wake: Callable[[], None]

    def take_waiting(self) -> list[bytes]:
        """What is to be sent now."""


SessionT = TypeVar("SessionT", bound=Session)


class Live(Protocol[SessionT]):
    """Where live connections begin and end."""

    def open(self, owner: bool) -> SessionT:
        """A page has come."""

    def receive(self, session: SessionT, text: str | bytes, now_ns: int) -> None:
        """A page has sent a frame."""

    def close(self, session: SessionT) -> None:
        """A page has gone."""


Judge = Callable[[str, str, str, str | None], Verdict]
"""(path, address, Host header, Origin header) → verdict."""


class WebServer(Generic[SessionT]):
    """Serves until `stop`. `pages` are paths with a text that says why there is nothing yet."""

    def __init__(
        self, endpoints: Iterable[Endpoint], live: Live[SessionT], judge: Judge, page: Path, pages: Mapping[str, str]
    ) -> None:
        self._live = live
        self._judge = judge
        self._page = page
        self._sockets: set[web.WebSocketResponse] = set()
        self._app = web.Application(middlewares=[self._door])
        self._app.on_response_prepare.append(_add_headers)
        for endpoint in endpoints:
            self._app.router.add_route(endpoint.method, endpoint.path, _adapt(endpoint))
        self._app.router.add_get(LIVE_PATH, self._serve_live)
        for path, text in pages.items():
            self._app.router.add_get(path, _say_not_yet(text))
        self._app.router.add_get("/{file:.*}", self._serve_file)
        self._runner = web.AppRunner(
            self._app, access_log=None, logger=_log, shutdown_timeout=1.0, handler_cancellation=True
        )

    async def start(self, address: str, port: int) -> int:
        """Listen. Returns the port, chosen by the system when 0 was asked for. Errors: `Unavailable`."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, address, port, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise Unavailable(f"port {port} at {address} cannot be had: {error.strerror}") from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close every connection and listen no more."""
        for connection in list(self._sockets):
            await connection.close(code=1001)
        await self._runner.cleanup()

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Nobody passes without a verdict, and every error leaves as JSON."""
        host = request.headers.get(hdrs.HOST, "")
        verdict = self._judge(request.path, request.remote or "", host, request.headers.get(hdrs.ORIGIN))
        if verdict.refused:
            return _error(verdict.refused, "request", verdict.why)
        request[_OWNER] = verdict.owner
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            return _error(413, "body", "is larger than this path takes")
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _error(error.status, request.path[:200], error.reason)
        except OSError as error:  # no process, memory or descriptor to be had now
            _log.warning("%s: %s", request.path[:200], error)
            return _error(503, request.path[:200], error.strerror or "something is missing now")

    async def _serve_live(self, request: web.Request) -> web.StreamResponse:
        if len(self._sockets) >= MAX_PAGES:
            return _error(503, "live", f"{MAX_PAGES} pages are connected already")
        connection = web.WebSocketResponse(timeout=_FAREWELL_S, heartbeat=_PING_S, max_msg_size=4096, compress=False)
        await connection.prepare(request)
        if request.transport is not None:  # so that what comes at once is little work
            request.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, _LIVE_BUFFER_BYTES
            )
        self._sockets.add(connection)
        session = self._live.open(request[_OWNER])
        page = _Page(connection, session)
        writer = asyncio.create_task(_write(page), name="live writer")
        try:
            async for frame in connection:
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY) and not session.close_code:
                    self._live.receive(session, frame.data, time.monotonic_ns())
                page.frames += 1
                if page.frames % _FRAMES_AT_ONCE == 0:
                    await asyncio.sleep(0)  # what has come already is handed over without waiting
        finally:
            self._live.close(session)
            self._sockets.discard(connection)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return connection

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"] or "index.html"
        loop = asyncio.get_running_loop()
        file = await loop.run_in_executor(None, _find_file, self._page, name)
        if file is None:
            if name == "index.html":
                return _page(503, "The page has not been built: `make run` builds it.")
            return _error(404, request.path[:200], "is not here")
        hashed = file.parent.name == "assets"
        caching = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return web.FileResponse(file, headers={hdrs.CACHE_CONTROL: caching})


@dataclass(slots=True)
class _Page:
    """A connection, its session, and how many frames it has sent."""

    connection: web.WebSocketResponse
    session: Session
    frames: int = 0


async def _write(page: _Page) -> None:
    """Send what waits, at the pace of the client."""
    connection, session = page.connection, page.session
    ready = asyncio.Event()
    session.wake = ready.set
    ready.set()
    try:
        while not connection.closed:
            await ready.wait()
            ready.clear()
            closing = session.close_code  # read first, so that the last words still go out
            for number, message in enumerate(session.take_waiting(), 1):
                await connection.send_str(message.decode())
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)  # a whole state is hundreds of messages: others have their turn
            if closing:
                await _send_away(page, closing)
    except ConnectionResetError:
        return  # the reader sees it too and ends the session


async def _send_away(page: _Page, code: int) -> None:
    """Close, once the frames that have come are passed over: closing would read them all without a pause."""
    before = -1
    for _ in range(_MOST_TURNS):
        if page.frames == before:
            break
        before = page.frames
        await asyncio.sleep(0)
    await page.connection.close(code=code, message=b"rules broken")


def _adapt(endpoint: Endpoint) -> Handler:
    """An endpoint as aiohttp wants it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        work = _ask(request, endpoint)
        # Who leaves cancels what is made for it alone; what changes something is carried through.
        answer = await (work if endpoint.method == hdrs.METH_GET else asyncio.shield(work))
        return await _answer(request, answer)

    return handle


async def _ask(request: web.Request, endpoint: Endpoint) -> Response:
    """Read the body and have the endpoint answer."""
    large = endpoint.max_bytes > SMALL_BODY_BYTES
    upload = os.memfd_create("upload", os.MFD_CLOEXEC) if large else -1
    try:
        body = bytearray()
        async for piece in _pieces(request, endpoint.max_bytes):
            if large:
                os.write(upload, piece)  # memory: it takes it all, at once
            else:
                body += piece
        if large:
            os.lseek(upload, 0, os.SEEK_SET)
        headers = {name.lower(): value for name, value in request.headers.items()}
        params, query = dict(request.match_info), dict(request.query)
        asked = Request(request.path, params, headers, bytes(body), request[_OWNER], upload, query)
        return await endpoint.handle(asked)
    finally:
        if large:
            os.close(upload)


async def _pieces(request: web.Request, max_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes. Errors: `HTTPRequestEntityTooLarge` before more than `max_bytes` were given."""
    if not max_bytes:
        return
    length = request.content_length or 0
    if length > max_bytes:
        raise web.HTTPRequestEntityTooLarge(max_bytes, length)
    read = 0
    async for piece in request.content.iter_chunked(_PIECE_BYTES):
        read += len(piece)
        if read > max_bytes:
            raise web.HTTPRequestEntityTooLarge(max_bytes, read)
        yield piece


async def _answer(request: web.Request, answer: Response) -> web.StreamResponse:
    headers = {hdrs.CACHE_CONTROL: "no-store", **answer.headers}
    if answer.content_type:
        headers[hdrs.CONTENT_TYPE] = answer.content_type
    match answer.body:
        case bytes():
            return web.Response(status=answer.status, body=answer.body, headers=headers)
        case AsyncIterator():
            return await _stream(request, answer.status, headers, answer.body)
        case path:
            return web.FileResponse(Path(path), status=answer.status, headers=headers)


async def _stream(
    request: web.Request, status: int, headers: Mapping[str, str], pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    """Send pieces as they come until the client leaves; little is buffered for it."""
    response = web.StreamResponse(status=status, headers=headers)
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _STREAM_BUFFER_BYTES)
        request.transport.set_write_buffer_limits(high=_STREAM_BUFFER_BYTES)
    await response.prepare(request)
    try:
        async for piece in pieces:
            await response.write(piece)
    except ConnectionResetError:
        return response  # the listener has left
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]  # every stream here is a generator
    return response


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_SECURITY)


def _find_file(root: Path, name: str) -> Path | None:
    """The file of that name below `root`, wherever links and dots lead, or None."""
    file = (root / name).resolve() if "\0" not in name else root
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None


def _say_not_yet(text: str) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        return _page(501, text)

    return handle


def _page(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=_NOT_YET.format(text), content_type="text/html")


def _error(status: int, where: str, why: str) -> web.Response:
    body = msgspec.json.encode({"error": {"where": where, "why": why}})
    return web.Response(status=status, body=body, content_type=_JSON)
