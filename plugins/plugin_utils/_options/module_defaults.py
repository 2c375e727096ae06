# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``module_defaults`` gives a task, which ansible-core hands to an action mixed with what the task itself says."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Mapping, Sequence, Set

from ...module_utils._argspec import EVERY_OPTION

_GROUP = "group/bloq.cloud.bloq"


@dataclasses.dataclass(frozen=True)
class ModuleDefaults:
    """The defaults of one task.

    Attributes:
        group: those of all our modules, by option.
        own: those of the task's own module, by option, which win over the group's.
    """

    group: Mapping[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)
    own: Mapping[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, layers: Sequence[Mapping[str, t.Any]] | None, action: str, template: Callable[[t.Any], t.Any]
    ) -> ModuleDefaults:
        """Return a task's defaults.

        Args:
            layers: the task's ``module_defaults``, the nearest last, as ansible-core has resolved their names.
            action: the module's full name.
            template: templates a value.
        """
        nearest: dict[str, t.Any] = {}
        for layer in layers or ():
            nearest.update(layer)
        return cls(*(template(nearest[name]) or {} if name in nearest else {} for name in (_GROUP, action)))

    @property
    def values(self) -> Mapping[str, t.Any]:
        """What the task gets when it says nothing itself."""
        return {**self.group, **self.own}

    def applied(self, arguments: Mapping[str, t.Any], options: Set[str]) -> dict[str, t.Any]:
        """Return a task's arguments without those that the group meant for other modules than the task's.

        A group that names an account's password and a client key's name serves each module with what it takes.

        Args:
            arguments: what ansible-core hands to the action.
            options: the options that the group can set for the task's module.
        """
        others = (self.group.keys() & EVERY_OPTION) - options - self.own.keys()
        return {name: value for name, value in arguments.items() if name not in others or value != self.group[name]}
