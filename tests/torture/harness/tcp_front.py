# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A front before a TCP server of this machine, that speaks TLS or is slow."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from local_bloq.tls.certificates import Authority


@contextlib.contextmanager
def serve_front(behind: int, *, context: ssl.SSLContext | None = None, delay: float = 0.0) -> Iterator[int]:
    """Run a front while the block runs, and give its port.

    Args:
        behind: the server's port.
        context: what it speaks TLS with.
        delay: the seconds that it keeps each answer back.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", behind)
        await asyncio.gather(_pass_on(reader, far_writer, 0.0), _pass_on(far_reader, writer, delay))

    starting = asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(30)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)


def tls_context(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the file of a new authority, and what a server at ``localhost`` speaks TLS with that it vouches for."""
    authority = Authority("A team's authority")
    pair = authority.server(["localhost"])
    trusted, chain = folder / "authority.pem", folder / "server.pem"
    trusted.write_bytes(authority.certificate_pem)
    chain.write_bytes(pair.certificate_pem + pair.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return trusted, context


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            await asyncio.sleep(delay)
            writer.write(data)
            await writer.drain()
    writer.close()
