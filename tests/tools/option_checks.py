# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show that ansible-lint checks the options of every module in a user's playbook, with the artifact installed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import yaml
from artifact import build_and_install
from collection_tree import BIN, ROOT

Options = dict[str, t.Any]


def main() -> int:
    """Run the check and return the exit code."""
    modules = {path.stem: _documented(path) for path in (ROOT / "plugins" / "modules").glob("bloq_*.py")}
    # The far host's half of the others, which no playbook names.
    del modules["bloq_relay"]
    wrong = {title: task for module, options in modules.items() for title, task in _mistakes(module, options).items()}
    right = {f"{module}: templates": (module, dict.fromkeys(opts, "{{ value }}")) for module, opts in modules.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = build_and_install(ROOT, folder, folder / "installed")
        found = _flagged(folder / "user", {**wrong, **right}, environment)
    for fault, titles in (("does not flag", wrong.keys() - found), ("flags what is right in", right.keys() & found)):
        if titles:
            print(f"ansible-lint {fault}:", *sorted(titles), sep="\n  ")
            return 1
    print(f"ansible-lint flags {len(wrong)} mistakes in the options of {len(modules)} modules, and no template.")
    return 0


def _documented(module: Path) -> Options:
    """Return a module's own options, as it documents them."""
    text = module.read_text(encoding="utf-8").split('DOCUMENTATION = r"""')[1].split('"""')[0]
    return t.cast(Options, yaml.safe_load(text).get("options", {}))


def _mistakes(module: str, options: Options) -> dict[str, tuple[str, Options]]:
    """Return tasks with one mistake each, by a title that says which."""
    mistyped = [{name[:-1]: "ci"} for name in (*options, "accounts_url", "cache_path")]
    unknown = [{name: "gone"} for name, option in options.items() if "choices" in option]
    not_a_number = [{"retries": "many"}]
    return {f"{module}: {wrong}": (module, wrong) for wrong in (*mistyped, *unknown, *not_a_number)}


def _flagged(folder: Path, tasks: dict[str, tuple[str, Options]], environment: dict[str, str]) -> set[str]:
    """Return the titles of the tasks whose options ansible-lint finds at fault, in a playbook that has them all."""
    folder.mkdir()
    numbered = {f"Task {number}": title for number, title in enumerate(tasks)}
    steps = [{"name": name, f"bloq.cloud.{tasks[title][0]}": tasks[title][1]} for name, title in numbered.items()]
    play = {"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": steps}
    (folder / "playbook.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    command = [str(BIN / "ansible-lint"), "--offline", "--format", "json", "playbook.yml"]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    found = [entry for entry in json.loads(done.stdout) if entry["check_name"] == "args[module]"]
    return {numbered[entry["content"]["body"].removeprefix("Task/Handler: ")] for entry in found}


if __name__ == "__main__":
    sys.exit(main())
