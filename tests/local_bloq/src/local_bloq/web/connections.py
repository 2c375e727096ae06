# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many connections the services take together: never as many as the process may have descriptors.

A process without descriptors accepts nothing, cannot open its database, and asyncio tells of each attempt.
"""

from __future__ import annotations

import contextlib
import resource
import socket
import typing as t

#: How many connections asyncio accepts before it does anything else.
BURST = 32
#: How many may wait in the kernel meanwhile.
WAITING = 1024
# Descriptors for everything else: files, the database, listeners.
_OTHER_DESCRIPTORS = 128
# Those that were asked to end and have not yet.
_ENDING = 64


class Connections:
    """The connections of all services; when there are many, the oldest that is idle makes place for a new one."""

    def __init__(self, limit: int | None = None) -> None:
        """Count from nothing.

        Args:
            limit: how many there may be; else what the process's limit of descriptors leaves.
        """
        self._limit = limit or _limit_of_process()
        self._sockets: dict[int, socket.socket] = {}
        self._ending: list[socket.socket] = []
        self._busy: set[int] = set()

    def have_room(self) -> bool:
        """Tell whether those that were asked to end have done so but for a few."""
        if len(self._ending) >= _ENDING:
            self._ending = [there for there in self._ending if there.fileno() != -1]
        return len(self._ending) < _ENDING

    def admit(self, connection: socket.socket) -> bool:
        """Take a new connection, or close it and return False, because all others have something to do."""
        number = connection.fileno()
        self._busy.discard(number)
        self._sockets.pop(number, None)
        if len(self._sockets) >= self._limit:
            self._sockets = {number: there for number, there in self._sockets.items() if there.fileno() != -1}
        if len(self._sockets) >= self._limit and not self._end_an_idle_one():
            connection.close()
            return False
        self._sockets[number] = connection
        return True

    def set_busy(self, number: int, busy: bool) -> None:
        """Note whether a request is under way on the connection with this descriptor."""
        (self._busy.add if busy else self._busy.discard)(number)

    def _end_an_idle_one(self) -> bool:
        quiet = (number for number, there in self._sockets.items() if number not in self._busy and _is_quiet(there))
        idle = next(quiet, None)
        if idle is None:
            return False
        # Its transport sees the end and closes it.
        there = self._sockets.pop(idle)
        with contextlib.suppress(OSError):
            there.shutdown(socket.SHUT_RDWR)
        self._ending.append(there)
        return True


def _is_quiet(connection: socket.socket) -> bool:
    """Tell whether nothing has come that nobody has read yet, as a request that the event loop has not come to."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return True


class Listener(socket.socket):
    """A listening TCP socket whose connections are counted."""

    connections: Connections

    def accept(self) -> tuple[socket.socket, t.Any]:
        """Return a new connection.

        Raises:
            BlockingIOError: others must end first; asyncio comes again.
            ConnectionAbortedError: there was one too many; asyncio takes it for a client that left.
        """
        if not self.connections.have_room():
            raise BlockingIOError
        connection, address = super().accept()
        if not self.connections.admit(connection):
            raise ConnectionAbortedError
        return connection, address


def _limit_of_process() -> int:
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if descriptors == resource.RLIM_INFINITY:
        descriptors = 65536
    return max(descriptors - _OTHER_DESCRIPTORS - _ENDING, descriptors // 4)
