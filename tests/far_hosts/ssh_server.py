# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SSH server on this machine that runs commands in a home of its own, and loses connections when it is asked to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path

import asyncssh


class FarHost:
    """A host that is reached over SSH.

    Attributes:
        port: the server's port.
        key: the file with the user's private key.
        home: the user's home there.
        commands: every command that was run.
        terminals: how many of them asked for a terminal.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "far-home"
        self.home.mkdir()
        self.key = folder / "id"
        self.commands: list[str] = []
        self.terminals = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._running: set[asyncio.subprocess.Process] = set()

    def lose_connections(self) -> None:
        """Cut all connections; what runs here goes on."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def _abort_all(self) -> None:
        for connection in list(self._connections):
            connection.abort()

    def kill_what_runs(self) -> None:
        """Kill all commands, and all that they have begun."""
        for process in list(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    async def start(self) -> None:
        """Begin to listen on a free port."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(self.key))
        self.key.chmod(0o600)
        host = self

        class Server(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                self._conn = conn
                host._connections.add(conn)

            def connection_lost(self, exc: Exception | None) -> None:
                host._connections.discard(self._conn)

        listener = await asyncssh.create_server(
            Server,
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            authorized_client_keys=asyncssh.import_authorized_keys(key.export_public_key().decode()),
            process_factory=self._run,
            sftp_factory=True,
            encoding=None,
        )
        self.port = listener.get_port()

    async def _run(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        command = process.command or ""
        self.commands.append(command)
        self.terminals += process.get_terminal_type() is not None
        running = await asyncio.create_subprocess_shell(
            command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.home,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            start_new_session=True,
        )
        self._running.add(running)
        try:
            await process.redirect(running.stdin, running.stdout, running.stderr)
            code = await running.wait()
            await process.stdout.drain()
            process.exit(code if code >= 0 else 128 - code)
        finally:
            self._running.discard(running)


@contextlib.contextmanager
def far_host(folder: Path) -> Iterator[FarHost]:
    """Run the server while the block runs."""
    host = FarHost(folder)
    host._loop.run_until_complete(host.start())
    thread = threading.Thread(target=host._loop.run_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.kill_what_runs()
        host._loop.call_soon_threadsafe(host._loop.stop)
        thread.join(10)


class Front:
    """What stands before a service, and calls back when a request begins as it is asked to look for.

    Attributes:
        url: where it listens.
    """

    def __init__(self, target: str) -> None:
        self._target = int(target.rsplit(":", 1)[1])
        self._looked_for: tuple[bytes, t.Callable[[], None]] | None = None
        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def when(self, start: str, call: t.Callable[[], None]) -> None:
        """Call once, when a request begins like ``start``; the request goes on to the service."""
        self._looked_for = (start.encode(), call)

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._pump(reader, ours, look=True), self._pump(theirs, writer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, look: bool = False) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
                if look and self._looked_for is not None and data.startswith(self._looked_for[0]):
                    call, self._looked_for = self._looked_for[1], None
                    # The service has the request by then, and its reply is on the way.
                    await asyncio.sleep(0.3)
                    call()
        with contextlib.suppress(OSError):
            sink.close()
