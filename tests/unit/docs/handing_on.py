# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example and playbook that users read, and what in it would show a token or another secret.

Ansible's own modules log their arguments on the host that they run on, at verbosity 0, unless the task says ``no_log``.
Ansible itself shows a task's ``environment`` and its loop's items.
"""

from __future__ import annotations

import ast
import re
import textwrap
import typing as t
from pathlib import Path

import yaml

_TEXTS = ("*.md", "docs/**/*.md", "docs/**/*.rst", "roles/**/*.md", "extensions/**/*.md", "playbooks/**/*.md")
_PLUGINS = ("plugins/**/*.py", "extensions/**/*.py")
_PLAYS = ("playbooks/**/*.yml", "roles/**/*.yml", "docs/**/*.yml", "extensions/**/*.yml")
#: What a task writes out by itself.
_TEMPLATES = ("playbooks/**/*.j2", "roles/**/*.j2", "docs/**/*.j2")

#: The names of records, and nothing of what is in them.
_NAMES_ALONE = re.compile(r"\{\{ (bloq_client_keys|bloq_nodes)(\.keys\(\)| \| list) \}\}")
_RST = re.compile(
    r"^(?P<margin> *)\.\. code-block:: ya?ml\S*\n(?:(?P=margin) +:.*\n)*\n(?P<text>(?:(?:(?P=margin) {2,}.*)?\n)+)",
    re.MULTILINE,
)
_MARKDOWN = re.compile(r"^(?P<margin> *)```ya?ml\S*\n(?P<text>.*?)^(?P=margin)```", re.MULTILINE | re.DOTALL)


class Example(t.NamedTuple):
    """A YAML text with the file and line where it begins."""

    place: str
    text: str


def examples(root: Path) -> list[Example]:
    """Return the blocks of YAML in texts, the examples of plugins, and the files of YAML that users run or copy."""
    found = []
    for path in _files(root, _TEXTS):
        text = path.read_text(encoding="utf-8")
        for block in (_RST if path.suffix == ".rst" else _MARKDOWN).finditer(text):
            line = text.count("\n", 0, block.start("text")) + 1
            found.append(Example(f"{path.relative_to(root)}:{line}", textwrap.dedent(block["text"])))
    for path in _files(root, _PLUGINS):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
                found.append(Example(f"{path.relative_to(root)}:{node.lineno}", ast.literal_eval(node.value)))
    found += [Example(str(path.relative_to(root)), path.read_text(encoding="utf-8")) for path in _files(root, _PLAYS)]
    return found


def templates_with_secrets(root: Path) -> set[str]:
    """Return the names of the templates that hold a token or another secret once they are rendered."""
    paths = _files(root, _TEMPLATES)
    return {path.name for path in paths if _holds_secret(path.read_text(encoding="utf-8"), frozenset())}


def _files(root: Path, patterns: tuple[str, ...]) -> list[Path]:
    return sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})


# What is a secret in a template

_LOOKUP = re.compile(r"(lookup|query|\bq)\(\s*['\"](bloq\.cloud\.)?bloq_token\b")
_FIELD = re.compile(
    r"(\.|\[')(access_token|refresh_token|client_secret|password|headers|new_password)\b(?!_)|"
    r"\bbloq_(password|new_password|rpc_password|access_token|client_secret|refresh_token|client_keys|nodes|coordination_url)\b"
)
#: What takes a secret, or a record with one in it, and gives what anybody may see.
_HARMLESS = re.compile(
    r"\([^()]*\| bloq\.cloud\.(bloq_token_claims|bloq_key_report)(\([^()]*\))?\)|"
    r"bloq_(client_keys|nodes)(\['[^']+'\]|\.\w+)\.(url|client_id|username|state|chain|created_at)\b|"
    r"bloq_(client_keys|nodes) \| default\(\{\}\)"
)


def _holds_secret(value: object, names: t.AbstractSet[str]) -> bool:
    if isinstance(value, dict):
        return any(_holds_secret(part, names) for part in value.values())
    if isinstance(value, list):
        return any(_holds_secret(part, names) for part in value)
    text = _HARMLESS.sub("", str(value))
    if _LOOKUP.search(text) or _FIELD.search(text):
        return True
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)


# What would show it

_BLOCKS = ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks", "handlers")
_KEYWORDS = {
    *("name", "when", "register", "no_log", "vars", "loop", "loop_control", "until", "retries", "delay", "environment"),
    *("changed_when", "failed_when", "check_mode", "diff", "delegate_to", "run_once", "become", "become_user", "tags"),
    *(
        "notify",
        "async",
        "poll",
        "ignore_errors",
        "ignore_unreachable",
        "args",
        "module_defaults",
        "connection",
        "throttle",
    ),
    *("delegate_facts", "any_errors_fatal", "listen", "timeout", "collections", "debugger", "remote_user", "port"),
}
#: These run nothing, and show no more than the tasks in them.
_INCLUDES = ("include_tasks", "import_tasks", "include_role", "import_role", "import_playbook")
#: The examples that show a value do so on purpose.
_DESCRIBES = {"short_description", "description", "inputs", "argument_specs", "sources"}


def shown(text: str, templates: t.AbstractSet[str] = frozenset()) -> list[str]:
    """Return what of a YAML text's tasks would show a token or another secret.

    Args:
        text: plays, tasks, variables, or YAML that has none of these.
        templates: the names of templates that hold a secret once they are rendered.
    """
    documents = [document for document in yaml.load_all(text, Loader=_Loader) if document is not None]
    names = {name for document in documents for name in _names_of_secrets(document)}
    tasks = [document for document in documents if isinstance(document, list)]
    return [line for document in tasks for line in _in_tasks(document, names, templates, hidden=False)]


class _Loader(yaml.SafeLoader):
    """Reads what Ansible's own tags stand before as well."""


_Loader.add_multi_constructor("!", lambda _loader, _tag, node: getattr(node, "value", ""))


def _names_of_secrets(node: object) -> t.Iterator[str]:
    """Yield the variables whose templates hold a secret."""
    if isinstance(node, list):
        for item in node:
            yield from _names_of_secrets(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "vars" and isinstance(value, dict):
                yield from (name for name, content in value.items() if _holds_secret(content, frozenset()))
            yield from _names_of_secrets(value)


def _in_tasks(
    node: object, names: t.AbstractSet[str], templates: t.AbstractSet[str], *, hidden: bool
) -> t.Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _in_tasks(item, names, templates, hidden=hidden)
    elif isinstance(node, dict) and not _DESCRIBES & set(node):
        hidden = node.get("no_log", hidden) is True
        where = node.get("name", "a task without a name")
        if _holds_secret(node.get("environment", ""), names):
            yield f"{where}: environment is shown at -vvv, and by ps on the host."
        for key in node:
            if (str(key).startswith("with_") or key == "loop") and _loops_over_secret(key, node[key], names):
                yield f"{where}: a loop's items are shown."
        for key in _BLOCKS:
            yield from _in_tasks(node.get(key), names, templates, hidden=hidden)
        if not hidden:
            yield from (f"{where}: {line}" for line in _in_module(node, names, templates))


def _loops_over_secret(key: str, value: object, names: t.AbstractSet[str]) -> bool:
    if isinstance(value, str) and _NAMES_ALONE.fullmatch(value):
        return False
    return key.rpartition(".")[2] == "bloq_token" or key == "with_bloq_token" or _holds_secret(value, names)


def _in_module(task: dict[str, t.Any], names: t.AbstractSet[str], templates: t.AbstractSet[str]) -> t.Iterator[str]:
    """Yield what is wrong with a task that does not say ``no_log: true``."""
    for module in set(task) - _KEYWORDS - set(_BLOCKS):
        short = str(module).rpartition(".")[2]
        if str(module).startswith(("bloq.cloud.", "with_")) or short in _INCLUDES or "hosts" in task:
            continue
        given = [task[module], task.get("args", "")]
        if any(_holds_secret(value, names) for value in given):
            yield f"{module} logs its arguments on the host it runs on, so it needs no_log: true."
        elif any(name in str(value) for name in templates for value in given) and task.get("diff") is not False:
            yield f"{module} shows what it writes with --diff, so it needs diff: false."
