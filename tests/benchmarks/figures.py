# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is concluded from the samples: costs over a baseline, ratios, and whether the goals are reached."""

from __future__ import annotations

import dataclasses
import typing as t

from measuring import Samples
from plays import TASKS, USES, repeated
from records import LAYOUTS, KeyCosts

Clock = t.Literal["processor", "wall"]

_MOST_TIMES_FILE = 1.1
#: The same for the first of a process, and with the callback that loads it before Ansible forks.
_MOST_FIRST = {
    "bloq_token": 3.0,
    "bloq_token, vaulted": 4.0,
    "bloq_token, callback": 1.5,
    "bloq_token, vaulted, callback": 3.0,
}
_MOST_GROWTH = 1.3
_MOST_TIMES_BARE = 1.5
_MOST_TASK_MS = 3.0
_MOST_OF_URI = 0.2
_MOST_TEMPLATE_RATIO = 1.10


@dataclasses.dataclass(frozen=True)
class Requests:
    """How a way to come by tokens does in one play.

    Attributes:
        name: the way.
        hosts: on how many hosts.
        requests: how many requests it sent.
        of: what for.
        wall: seconds on the clock.
    """

    name: str
    hosts: int
    requests: int
    of: str
    wall: float

    @property
    def uses(self) -> int:
        """How often the play uses a token."""
        return self.hosts * TASKS * USES


@dataclasses.dataclass(frozen=True)
class Goal:
    """Something that this collection wants to be true.

    Attributes:
        wanted: in words.
        found: in words.
        reached: whether it is so.
    """

    wanted: str
    found: str
    reached: bool


def first_cost(samples: Samples, name: str, hosts: int, clock: Clock = "processor") -> float:
    """Return the milliseconds that one lookup adds to a task that uses a literal, each in a process of its own."""
    return _difference(samples, "first lookup", name, "literal", hosts, clock) / hosts


def further_cost(samples: Samples, name: str, clock: Clock = "processor") -> float:
    """Return the milliseconds that one more lookup in the same process costs over a literal."""
    times = repeated(name)
    return _difference(samples, f"{times} lookups", name, "literal", 1, clock) / times


def task_cost(samples: Samples, name: str, hosts: int, clock: Clock = "processor") -> float:
    """Return the milliseconds that one task costs over debug."""
    return _difference(samples, "task", name, "debug", hosts, clock) / hosts


def template_ratio(samples: Samples, name: str, hosts: int, clock: Clock = "processor") -> float:
    """Return how many times what it takes with a literal the template play takes."""
    found, literal = samples.times("template", name, hosts), samples.times("template", "literal", hosts)
    return float(getattr(found, clock) / getattr(literal, clock))


def goals(samples: Samples, requests: list[Requests], cost_hosts: int, keys: KeyCosts) -> list[Goal]:
    """Judge the goals, by processor time.

    Args:
        samples: what was measured.
        requests: what was counted.
        cost_hosts: the number of hosts that the costs of a first lookup and of a task are taken from.
        keys: what client keys cost in loops.
    """
    ours = next(entry for entry in requests if entry.name == "bloq_token")
    file = further_cost(samples, "file")
    task = task_cost(samples, "bloq_token", cost_hosts)
    calls = (task_cost(samples, name, cost_hosts) for name in ("bloq_request", "bloq_request, account", "uri"))
    call, login_call, uri = calls
    hosts = samples.hosts("template", "literal")[-1]
    ratio, wall_ratio = (
        template_ratio(samples, "bloq_token, vaulted", hosts, clock) for clock in ("processor", "wall")
    )
    return [
        Goal(f"one token request for {ours.uses} uses", str(ours.requests), ours.requests == 1),
        *(_further_goal(name, further_cost(samples, name), file) for name in ("bloq_token", "bloq_token, vaulted")),
        *(_first_goal(samples, name, most, cost_hosts) for name, most in _MOST_FIRST.items()),
        *(_growth_goal(keys, what, layout) for layout in LAYOUTS for what in ("unchanged", "created")),
        _bootstrap_goal(keys),
        _create_goal(keys.further("created", "inline", keys.sizes[0]), keys.bare),
        Goal(
            f"a cached bloq_token task costs at most {_MOST_TASK_MS:.0f} ms over debug",
            f"{task:.1f} ms",
            task <= _MOST_TASK_MS,
        ),
        Goal(
            f"a call with bloq_request takes at most {_MOST_OF_URI:.0%} of what uri takes",
            f"{call / uri:.0%} ({call:.1f} ms)",
            call <= _MOST_OF_URI * uri,
        ),
        Goal(
            "the same with an account's password in place of a client key",
            f"{login_call / uri:.0%} ({login_call:.1f} ms)",
            login_call <= _MOST_OF_URI * uri,
        ),
        Goal(
            f"a template play over {hosts} hosts takes at most {_MOST_TEMPLATE_RATIO:.2f} times as long",
            f"{ratio:.3f} times ({wall_ratio:.3f} on the clock)",
            ratio <= _MOST_TEMPLATE_RATIO,
        ),
    ]


def _further_goal(name: str, further: float, file: float) -> Goal:
    return Goal(
        f"a further lookup of a process, {name}, costs at most {_MOST_TIMES_FILE} times lookup file",
        f"{further / file:.2f} times ({further:.2f} ms)",
        further <= _MOST_TIMES_FILE * file,
    )


def _first_goal(samples: Samples, name: str, most: float, hosts: int) -> Goal:
    file, first = first_cost(samples, "file", hosts), first_cost(samples, name, hosts)
    return Goal(
        f"the first of a process, {name}, costs at most {most:g} times lookup file ({hosts} hosts)",
        f"{first / file:.2f} times ({first:.1f} ms)",
        first <= most * file,
    )


def _growth_goal(keys: KeyCosts, what: str, layout: str) -> Goal:
    few, many = keys.sizes[0], keys.sizes[-1]
    growth, costs = keys.growth(what, layout), keys.further(what, layout, many)
    return Goal(
        f"a further key of a loop, {what}, layout {layout}, costs at most {_MOST_GROWTH} times as much with {many} "
        f"records as with {few}",
        f"{growth:.2f} times ({costs:.1f} ms)",
        growth <= _MOST_GROWTH,
    )


def _bootstrap_goal(keys: KeyCosts) -> Goal:
    growth, made = keys.bootstrap_growth(), len(keys.bootstrap)
    return Goal(
        f"the last keys of a loop that makes {made} cost at most {_MOST_GROWTH} times what the first do",
        f"{growth:.2f} times ({sum(keys.bootstrap) / 1000:.1f} s for all)",
        growth <= _MOST_GROWTH,
    )


def _create_goal(created: float, bare: float) -> Goal:
    return Goal(
        f"a new key costs at most {_MOST_TIMES_BARE} times its requests and one durable write",
        f"{created / bare:.1f} times ({created:.1f} ms)",
        created <= _MOST_TIMES_BARE * bare,
    )


def _difference(samples: Samples, group: str, name: str, baseline: str, hosts: int, clock: Clock) -> float:
    found, base = samples.times(group, name, hosts), samples.times(group, baseline, hosts)
    return float(getattr(found, clock) - getattr(base, clock)) * 1000
