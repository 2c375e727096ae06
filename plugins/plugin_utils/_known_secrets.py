# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that a task can know, and those that a loop's item, which ansible-core shows with every result, holds."""

from __future__ import annotations

import re
import typing as t
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from ansible.plugins.test.core import vault_encrypted

from ..module_utils._argspec import EVERY_OPTION, SECRET_OPTIONS, Spec
from ..module_utils._errors import SECRET_SHAPES, InputError
from ._options.module_defaults import ModuleDefaults
from ._options.variables import Variables
from ._vault.records import SECRET_FIELDS, Records

#: Stands for a secret that is not known here: the play has no vault password for it, or a template of it fails.
UNREADABLE = "(a secret that is not known here)"

# What is secret under such a name in a record, or as an option, is secret wherever it is handed around by that name.
_NAMES = SECRET_FIELDS | SECRET_OPTIONS
# And user and password in a URL.
_SHAPES = re.compile("|".join((*SECRET_SHAPES, r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")))
#: A shorter secret is in our own words by chance.
SHORTEST = 4
# A shorter text may be part of a secret by chance.
_SHORTEST_PART = 8
_RECORDS = {"variable": "bloq_client_keys", "nodes_variable": "bloq_nodes"}


class KnownSecrets(t.NamedTuple):
    """What a task knows to be secret.

    Attributes:
        texts: the secrets.
        misplaced: what options hold that do not exist: secrets, when such an option is one that was mistyped.
        complete: whether all could be found out that may come from the item; a template may have failed.
    """

    texts: set[str]
    misplaced: set[str]
    complete: bool


def known_secrets(
    spec: Spec,
    arguments: Mapping[str, t.Any],
    defaults: ModuleDefaults | None,
    variables: Variables,
    environment: Mapping[str, str],
    *,
    item: str,
) -> KnownSecrets:
    """Return the secrets that a task can know, whether or not its options are valid.

    Args:
        spec: the argument spec.
        arguments: what the task says, not checked.
        defaults: what ``module_defaults`` says, None when that could not be found out.
        variables: the host's variables.
        environment: the controller's environment.
        item: the variable that holds a loop's item.
    """
    complete = defaults is not None
    layers = [arguments, defaults.group, defaults.own] if defaults else [arguments]
    texts: set[str] = set()
    for name in SECRET_OPTIONS:
        for value in (environment.get(f"BLOQ_{name.upper()}"), *(layer.get(name) for layer in layers)):
            texts |= _option_texts(name, value)
        variable = f"bloq_{name}"
        # For another module's option no template is run: it may ask a service, or a person.
        look = variables.get if name in spec else variables.at_rest
        try:
            texts |= _option_texts(name, look(variable))
        except Exception:
            # In whatever way a template fails, the option's own check reports it.
            complete = complete and not variables.uses(variable, item)
    for name, usual in _RECORDS.items():
        places = (*(layer.get(name) for layer in layers), variables.at_rest(f"bloq_{name}"), usual)
        for variable in {place for place in places if isinstance(place, str)}:
            texts |= set(secrets_in(variables.at_rest(variable), variables.followed)) - {UNREADABLE}
    misplaced = {text for name in arguments.keys() - EVERY_OPTION for text in texts_of(arguments[name])}
    return KnownSecrets(texts, misplaced - {""}, complete)


def shown_secrets(
    shown: t.Any,
    known: Callable[[], KnownSecrets],
    names: Set[str] = frozenset(),
    own: Callable[[], KnownSecrets] | None = None,
) -> set[str]:
    """Return secrets that something holds which ansible-core is about to show; it may show it when there are none.

    Args:
        shown: a loop's item, and what else is shown with it.
        known: returns what the task knows to be secret; not asked when what is shown says so itself.
        names: names of records, which stand in vault files and in results in the clear.
        own: returns what the task was given that is secret. It is enough where nothing but names is shown: what
            vault files hold would have to be decrypted, some seconds for a thousand records.
    """
    if found := set(secrets_in(shown)):
        return found
    texts = set(texts_of(shown))
    found_out = own() if own is not None and texts <= names else known()
    if not found_out.complete and texts:
        return {UNREADABLE}
    secrets = found_out.texts | found_out.misplaced
    return {secret for secret in secrets if any(_share(text, secret) for text in texts)}


def secrets_in(value: t.Any, follow: Callable[[t.Any], t.Any] = lambda value: value) -> Iterator[str]:
    """Yield what is a secret in a value by the name, the encryption or the shape it has, at any depth.

    Args:
        value: any value, such as records, one of them, or what a loop makes of them.
        follow: returns what a text in it stands for, None when that is not known.
    """
    return _secrets_in(value, follow, is_named=False)


def texts_of(value: t.Any) -> Iterator[str]:
    """Yield every text and number in a value, the names in mappings among them."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from texts_of(part)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            yield from texts_of(part)
    elif value is not None and not isinstance(value, bool):
        yield _text(value)


def shaped_secrets(value: t.Any) -> set[str]:
    """Return what is a secret by its shape, at any depth of what a task was given or says."""
    return {secret for text in texts_of(value) for secret in _SHAPES.findall(text)}


def _secrets_in(value: t.Any, follow: Callable[[t.Any], t.Any], *, is_named: bool) -> Iterator[str]:
    if isinstance(value, Mapping):
        # A pair that dict2items or with_dict made names its value in another value.
        is_pair = len(value) == 2 and any(_is_name(part) for part in value.values())
        for name, part in value.items():
            yield from _secrets_in(str(name), follow, is_named=False)
            yield from _secrets_in(part, follow, is_named=is_named or is_pair or _is_name(name))
    elif isinstance(value, (list, tuple, set, frozenset)):
        is_pair = len(value) == 2 and any(_is_name(part) for part in value)
        for part in value:
            yield from _secrets_in(part, follow, is_named=is_named or is_pair)
    elif value is not None and not isinstance(value, bool):
        text = _text(follow(value))
        if (is_named or vault_encrypted(value)) and text and not _is_name(text):
            yield text
        yield from _SHAPES.findall(text)


def _is_name(value: t.Any) -> bool:
    return isinstance(value, str) and value in _NAMES


def _text(value: t.Any) -> str:
    try:
        # Decrypts what is a vault's.
        return "" if value is None else str(value)
    except Exception:
        return UNREADABLE


def _option_texts(name: str, value: t.Any) -> set[str]:
    is_one = not isinstance(value, (Mapping, list, tuple, set, frozenset))
    # Of what is not a single text, and so not a secret that works, the short parts are in any message by chance.
    found = {text for text in texts_of(value) if text.strip() and (is_one or len(text) >= SHORTEST)} - {UNREADABLE}
    if name not in ("proxy", "coordination_url"):
        return found
    # An item may hold the password alone.
    for text in tuple(found):
        password = text.rpartition("@")[0].rpartition(":")[2]
        found |= {password, urllib.parse.unquote(password)} - {""}
    return found


def _share(text: str, secret: str) -> bool:
    """Return whether a text holds a secret, or a good part of one."""
    return secret in text or (len(text) >= _SHORTEST_PART and text in secret)


def secrets_of_records(read: Iterable[Mapping[str, t.Any]]) -> set[str]:
    """Return the secrets in the records of vault files, which are decrypted for that."""
    found: set[str] = set()
    for records in read:
        found |= records.all_found(_secrets_of_one) if isinstance(records, Records) else set(secrets_in(records))
    return found


def _secrets_of_one(records: Records, name: str) -> set[str]:
    try:
        return {*secrets_in(name), *secrets_in(records[name])}
    except InputError:
        return {UNREADABLE}
