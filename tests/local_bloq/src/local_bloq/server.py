# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listen, say so, and stop when told to."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
import os
import signal
import ssl
import sys
import time
import typing as t
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from local_bloq.context import Context
from local_bloq.demo_data import fill_first_account
from local_bloq.seeds import plant
from local_bloq.services import PORT_OFFSETS, service
from local_bloq.settings import Settings
from local_bloq.web.connections import WAITING, Connections, Listener
from local_bloq.web.listening import authority, bind, configuration
from local_bloq.web.request_log import RequestLog


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
        log = RequestLog(settings.request_log)
        stack.callback(log.close)
        tls_folder = _tls_folder(settings, stack)
        context = Context.open(settings, lambda: time.time() + settings.clock_offset)
        stack.callback(context.close)
        connections = Connections()
        sockets = {
            name: bind(settings.host, _port(settings, offset), connections) for name, offset in PORT_OFFSETS.items()
        }
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
    log: RequestLog,
    sockets: dict[str, Listener],
    tls_folder: Path | None,
) -> None:
    scheme = "http" if tls_folder is None else "https"
    for name, listening in sockets.items():
        context.urls[name] = f"{scheme}://{authority(listening)}"
    await plant(settings.seeds, context)
    if settings.demo_data:
        fill_first_account(context)
    apps = {name: service(name, context, log) for name in sockets}
    tls_options = _tls_options(tls_folder, client_auth=settings.tls_client_auth)
    listeners = {
        name: _Server(configuration(apps[name], listening.connections, **tls_options), context.clock)
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
    if settings.node_tls:
        await _open_own_ports(context, apps["nodes"], listeners["nodes"], sockets["nodes"].connections)
    urls = {name: context.urls[name] for name in ("accounts", "connect", "nodes")}
    sys.stdout.write(json.dumps({**urls, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    await asyncio.gather(*serving)


async def _open_own_ports(context: Context, app: ASGIApp, server: uvicorn.Server, connections: Connections) -> None:
    """Give a port to each node and cluster that there is, and to those that will be made."""
    # Imported late, as the other makers of certificates.
    from local_bloq.nodes.own_ports import OwnPorts
    from local_bloq.store.node_certificates import NodeCertificates
    from local_bloq.tls.folder import local_names

    host = context.settings.host
    context.addresses.ports = OwnPorts(
        host=host,
        app=app,
        server=server,
        connections=connections,
        certificates=NodeCertificates(context.database, local_names(host)),
    )
    for instance in (*context.nodes.all(), *context.clusters.all()):
        if instance.state != "stopped":
            await context.addresses.open(instance.id)


def _port(settings: Settings, offset: int) -> int:
    return settings.port_base + offset if settings.port_base else 0


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
