# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an option's value comes from: task, module_defaults, variable, environment, ini file, default."""

from __future__ import annotations

import configparser
import enum
import functools
import re
import types
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ansible import constants
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._argspec import MEANT_EMPTY, Spec
from ...module_utils._errors import InputError, without_secret_shapes

_TYPES = {
    "bool": "true or false",
    "int": "a whole number without a unit",
    "float": "a number of seconds without a unit",
    "list": "a list",
    "dict": "a mapping",
}


class Level(enum.IntEnum):
    """The places an option can be set in, the nearest to the task first."""

    TASK = 0
    MODULE_DEFAULTS = 1
    VARIABLE = 2
    ENVIRONMENT = 3
    INI = 4
    DEFAULT = 5


_ELSEWHERE = (Level.VARIABLE, Level.ENVIRONMENT, Level.INI)
_NOWHERE = (None, None, None)


class Options(Mapping[str, t.Any]):
    """Resolved and validated options.

    Attributes:
        levels: where each value was set.
    """

    def __init__(self, found: Mapping[str, t.Any], levels: Mapping[str, Level]) -> None:
        """Take each option's value, None where nothing set it, and where it was set."""
        self._found = found
        self.levels = levels

    def __getitem__(self, name: str) -> t.Any:
        return self._found[name]

    def get(self, key: str, default: t.Any = None) -> t.Any:
        """Return an option's value; unlike a mapping's own method, without an exception where there is none."""
        return self._found.get(key, default)

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def without(self, *names: str) -> Options:
        """Return these options as if nothing set ``names``."""
        return Options({**self._found, **dict.fromkeys(names)}, self.levels)

    def level(self, *names: str) -> Level | None:
        """Return the nearest level that sets one of ``names``, or None when nothing sets any."""
        return min(
            (self.levels[name] for name in names if self._found.get(name) not in (None, "", False)), default=None
        )


def resolve(
    spec: Spec,
    arguments: Mapping[str, t.Any],
    variable: Callable[[str], t.Any],
    environment: Mapping[str, str],
    *,
    module_defaults: Mapping[str, t.Any] = types.MappingProxyType({}),
    ini: Mapping[str, str] = types.MappingProxyType({}),
    task_only: frozenset[str] = frozenset(),
) -> Options:
    """Resolve a task's options.

    Args:
        spec: the argument spec.
        arguments: what the task says, with what ``module_defaults`` adds to it.
        variable: returns a variable's value, templated, or None when it is not set.
        environment: the controller's environment.
        module_defaults: what ``module_defaults`` says, to keep it apart from what the task itself says.
        ini: the section ``[bloq]`` of ansible.cfg, for lookups.
        task_only: options that say what the task acts on, which nothing but the task may set.

    Raises:
        InputError: an option is unknown, or its value is of the wrong type or not among the choices.
    """
    given = {
        name: value for name, value in arguments.items() if value is not None and (value != "" or name in MEANT_EMPTY)
    }
    if unknown := given.keys() - spec.keys():
        raise no_such_option(unknown, spec)
    levels = dict.fromkeys(spec, Level.DEFAULT)
    for name, value in given.items():
        is_default = name in module_defaults and module_defaults[name] == value
        levels[name] = Level.MODULE_DEFAULTS if is_default else Level.TASK
    for name in spec.keys() - given.keys() - task_only:
        in_variable, in_environment = _names_elsewhere(name)
        values = variable(in_variable), environment.get(in_environment), ini.get(name)
        # Most options are set nowhere, and each use of the lookup asks for all of them.
        if values != _NOWHERE:
            for level, value in zip(_ELSEWHERE, values):
                if value is not None and value != "":
                    given[name], levels[name] = value, level
                    break
    # Only what was given needs checking, and most of it needs none.
    unchecked = {name: value for name, value in given.items() if not _is_valid(value, spec[name])}
    for name, value in unchecked.items():
        # Ansible would make a text of it, and a key with that name.
        if spec[name]["type"] in ("str", "path") and isinstance(value, (Mapping, list, tuple)):
            raise InputError(f"{name} must be a single text, not a list or mapping.")
    if "token" in unchecked and "choices" in spec["token"]:
        _check_kind(unchecked["token"])
    if unchecked:
        checked = ArgumentSpecValidator({name: spec[name] for name in unchecked}).validate(unchecked)
        _check_types(checked.error_messages)
        if checked.error_messages:
            raise InputError(_without(checked.error_messages, secret_values(spec, given)))
        given.update(checked.validated_parameters)
    for name, value in given.items():
        _check_text(name, value, spec[name].get("type", "str"))
    defaults = {name: entry.get("default") for name, entry in spec.items()}
    return Options({**defaults, **given}, levels)


@functools.cache
def _names_elsewhere(option: str) -> tuple[str, str]:
    """Return the variable and the environment variable that set an option."""
    return f"bloq_{option}", f"BLOQ_{option.upper()}"


def no_such_option(unknown: Iterable[object], known: Iterable[str]) -> InputError:
    """Return the error that says which options there are instead, the one that was likely meant first."""
    # Not for a token of the cache.
    import difflib

    # What YAML reads as a boolean or a number is a name here, too.
    names, options = sorted(map(str, unknown)), sorted(known)
    near = ", ".join(close for name in names for close in difflib.get_close_matches(name, options, 1))
    meant = f"Did you mean {near}? " if near else ""
    return InputError(f"There is no option {', '.join(names)} here. {meant}The options are {', '.join(options)}.")


def _check_types(messages: list[str]) -> None:
    """Say which type an option must have: Ansible's own words name classes, and quote some values."""
    for message in messages:
        found = re.match(r"(argument|Elements value for option) '(\w+)' is of type .+ to convert to (\w+)", message)
        if found and found[1] == "argument":
            raise InputError(f"{found[2]} must be {_TYPES.get(found[3], found[3])}.")
        if found:
            raise InputError(f"Each entry of {found[2]} must be {_TYPES.get(found[3], found[3])}.")


def _check_kind(value: object) -> None:
    """Refuse a token where one says which kind of token is meant."""
    if isinstance(value, str) and without_secret_shapes(value) != value:
        raise InputError(
            "token must be one of auto, client, account and none: it chooses a kind, and is not the token itself. "
            "Leave it out: the task gets the token for key, or another credential, and sends it by itself."
        )


def _is_valid(value: object, entry: Mapping[str, t.Any]) -> bool:
    """Notify, for what most options are, whether a value needs no conversion, so that no validator need be made."""
    if entry["type"] == "str" and isinstance(value, str):
        return value in entry.get("choices", (value,))
    if entry["type"] == "path" and isinstance(value, str):
        return "~" not in value and "$" not in value
    return entry["type"] == "bool" and isinstance(value, bool)


def _check_text(name: str, value: object, kind: str) -> None:
    """Refuse text that no file, request or path can hold."""
    if not isinstance(value, str):
        return
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(f"{name} must be valid Unicode text.") from None
    if kind == "path" and "\0" in value:
        raise InputError(f"{name} must be a path, and no path has a null character.")


def environment_values(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment says of options: to ask it for each one takes longer than to look at all it has."""
    return {name: environment[name] for name in environment if name.startswith("BLOQ_")}


@functools.cache
def ini_values() -> Mapping[str, str]:
    """Return the section ``[bloq]`` of the ansible.cfg in force, empty when there is none."""
    path = constants.config._config_file
    if path is None:
        return {}
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    # ansible-core has read this file already, so it can be read.
    parser.read(path, encoding="utf-8")
    return dict(parser["bloq"]) if "bloq" in parser else {}


def secret_values(spec: Spec, values: Mapping[str, t.Any]) -> set[str]:
    """Return the values of the options that must never be shown."""
    return {str(values[name]) for name, entry in spec.items() if entry.get("no_log") and values.get(name)}


def _without(messages: list[str], secrets: set[str]) -> str:
    text = "; ".join(messages)
    for secret in secrets:
        text = text.replace(secret, "********")
    return text
