# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listen, say so, and stop when told to."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import functools
import json
import os
import signal
import socket
import ssl
import sys
import time
import typing as t
from pathlib import Path

import uvicorn

from local_bloq.context import Context
from local_bloq.seeds import plant
from local_bloq.services import PORT_OFFSETS, service
from local_bloq.settings import Settings, SettingsError
from local_bloq.web.connections import BURST, WAITING, Connections, Listener
from local_bloq.web.protocol import MAX_HEAD_BYTES, BreakableProtocol
from local_bloq.web.request_log import RequestLog

_MAX_SHUTDOWN_SECONDS = 2


class _Server(uvicorn.Server):
    """One of several servers in a process: signals are for all of them, so none takes them for itself."""

    def __init__(self, config: uvicorn.Config, clock: t.Callable[[], float]) -> None:
        super().__init__(config)
        self._clock = clock

    async def on_tick(self, counter: int) -> bool:
        """Date the replies of the next moment by the services' clock; uvicorn would ask the machine's."""
        stopping = await super().on_tick(counter)
        date = email.utils.formatdate(self._clock(), usegmt=True).encode()
        self.server_state.default_headers = [(b"date", date), *self.config.encoded_headers]
        return stopping

    @contextlib.contextmanager
    def capture_signals(self) -> t.Generator[None, None, None]:
        yield


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SettingsError: a port, a file or an account's seed cannot be used.
    """
    with contextlib.ExitStack() as stack:
        log = None
        if settings.request_log is not None:
            log = RequestLog(settings.request_log)
            stack.callback(log.close)
        tls_folder = _tls_folder(settings, stack)
        context = Context.open(settings, lambda: time.time() + settings.clock_offset)
        stack.callback(context.close)
        connections = Connections()
        sockets = {name: _bind(settings, offset, connections) for name, offset in PORT_OFFSETS.items()}
        asyncio.run(_serve(settings, context, log, sockets, tls_folder))


def _tls_folder(settings: Settings, stack: contextlib.ExitStack) -> Path | None:
    if settings.tls is None:
        return None
    # Imported late: making certificates takes imports that plain HTTP does not need.
    from local_bloq.tls.folder import certificate_folder

    folder = stack.enter_context(certificate_folder(settings.tls_folder, kind=settings.tls, host=settings.host))
    if settings.tls_folder is None:
        sys.stderr.write(f"local-bloq: certificates are in {folder}\n")
    return folder


async def _serve(
    settings: Settings,
    context: Context,
    log: RequestLog | None,
    sockets: dict[str, Listener],
    tls_folder: Path | None,
) -> None:
    scheme = "http" if tls_folder is None else "https"
    for name, listening in sockets.items():
        context.urls[name] = f"{scheme}://{_authority(listening)}"
    await plant(settings.seeds, context)
    listeners = {
        name: _Server(_config(name, context, log, tls_folder, listening.connections), context.clock)
        for name, listening in sockets.items()
    }

    def stop() -> None:
        context.faults.stop()
        for listener in listeners.values():
            listener.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    serving = [asyncio.create_task(listeners[name].serve([sockets[name]])) for name in sockets]
    while not all(listener.started for listener in listeners.values()):
        await asyncio.sleep(0.002)
    for listening in sockets.values():
        listening.listen(WAITING)
    urls = {name: context.urls[name] for name in ("accounts", "connect", "nodes")}
    sys.stdout.write(json.dumps({**urls, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    await asyncio.gather(*serving)


def _config(
    name: str, context: Context, log: RequestLog | None, tls_folder: Path | None, connections: Connections
) -> uvicorn.Config:
    return uvicorn.Config(
        service(name, context, log),
        **_tls_options(tls_folder, client_auth=context.settings.tls_client_auth),
        http=t.cast(t.Any, functools.partial(BreakableProtocol, connections=connections)),
        backlog=BURST,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        # A client must not choose the address that the loopback check sees.
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        date_header=False,
        timeout_graceful_shutdown=_MAX_SHUTDOWN_SECONDS,
    )


def _tls_options(folder: Path | None, *, client_auth: bool) -> dict[str, t.Any]:
    if folder is None:
        return {}
    from local_bloq.tls.folder import CA, SERVER, SERVER_KEY

    return {
        "ssl_certfile": folder / SERVER,
        "ssl_keyfile": folder / SERVER_KEY,
        "ssl_ca_certs": folder / CA,
        "ssl_cert_reqs": ssl.CERT_REQUIRED if client_auth else ssl.CERT_NONE,
    }


def _bind(settings: Settings, offset: int, connections: Connections) -> Listener:
    port = settings.port_base + offset if settings.port_base else 0
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's algorithm off for TCP sockets that say so; with it each reply waits 40 ms for an ACK.
    listening = Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.connections = connections
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, port))
    except OSError as error:
        listening.close()
        raise SettingsError(f"Cannot listen on {settings.host} port {port}: {error.strerror}") from error
    return listening


def _authority(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
