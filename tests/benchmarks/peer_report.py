# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this collection and others cost, as Markdown: ratios first."""

from __future__ import annotations

from measuring import Samples
from peer_plays import LITERAL, MODULES, OURS, WAYS
from plays import USES
from results import table

#: The requests of a play, by the case's group and name.
Requests = dict[tuple[str, str], int]

_USES, _TASK = "uses", "a task"
_DEBUG, _OUR_CALL = "ansible.builtin.debug", "bloq.cloud.bloq_request"


def markdown(samples: Samples, requests: Requests, size: tuple[int, int], task_hosts: int) -> str:
    """Return the tables.

    Args:
        samples: what was measured.
        requests: what was counted.
        size: the hosts of the play with many uses, and its tasks on each.
        task_hosts: of the play with one task.
    """
    sections = [_goals(samples, requests, size[0], task_hosts), _uses(samples, requests, *size)]
    return "\n".join([*sections, _tasks(samples, requests, task_hosts)])


def _goals(samples: Samples, requests: Requests, hosts: int, task_hosts: int) -> str:
    fresh = [way.name for way in WAYS if way.fresh == "yes" and way.name != LITERAL]
    asking = [name for name in MODULES if requests[_TASK, name] >= task_hosts]
    goals = {
        "fewest requests of all that look a secret up at each use": min(fresh, key=lambda name: requests[_USES, name]),
        "least processor time of these": min(fresh, key=lambda name: _spent(samples, _USES, name, hosts)),
        "least processor time of all ways, fresh or not": min(
            (way.name for way in WAYS if way.name != LITERAL), key=lambda name: _spent(samples, _USES, name, hosts)
        ),
        "least processor time of the tasks that send a request": min(
            asking, key=lambda name: _spent(samples, _TASK, name, task_hosts)
        ),
    }
    rows = [(wanted, found, "reached" if "bloq" in found else "missed") for wanted, found in goals.items()]
    return table("Goals", ("This collection has the", "Found first", ""), rows)


def _uses(samples: Samples, requests: Requests, hosts: int, tasks: int) -> str:
    ours, literal = (_spent(samples, _USES, name, hosts) for name in (OURS, LITERAL))
    rows = []
    for way in WAYS:
        times, each = samples.times(_USES, way.name, hosts), hosts * tasks * USES
        costs = "" if way.name == LITERAL else f"{(times.processor - literal) * 1000 / each:.2f} ms"
        row = (f"{times.processor / ours:.2f}", str(requests[_USES, way.name]), f"{times.processor:.1f} s", costs)
        memory = f"{samples.memory(_USES, way.name, hosts):.0f} MiB"
        rows.append((*row, f"{times.wall:.1f} s", memory, way.told, "" if way.name == LITERAL else way.fresh))
    header = ("Ratio to ours", "Requests", "Processor time", "A use, over a literal", "Clock", "Memory", "Way", "Fresh")
    return table(f"A secret in a play (hosts: {hosts}, tasks: {tasks}, uses in each: {USES})", header, rows)


def _tasks(samples: Samples, requests: Requests, hosts: int) -> str:
    ours, debug = (_spent(samples, _TASK, name, hosts) for name in (_OUR_CALL, _DEBUG))
    rows = []
    for name in MODULES:
        times = samples.times(_TASK, name, hosts)
        costs = f"{(times.processor - debug) * 1000 / hosts:.1f} ms"
        row = (f"{times.processor / ours:.2f}", str(requests[_TASK, name]), f"{times.processor:.1f} s", costs)
        rows.append((*row, f"{times.wall:.1f} s", f"{samples.memory(_TASK, name, hosts):.0f} MiB", f"`{name}`"))
    header = ("Ratio to bloq_request", "Requests", "Processor time", "A task, over debug", "Clock", "Memory", "Task")
    return table(f"A task on each host (hosts: {hosts})", header, rows)


def _spent(samples: Samples, group: str, name: str, hosts: int) -> float:
    return samples.times(group, name, hosts).processor
