# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that ansible-builder takes the collection: its context is made from the example, and its needs are found.

The image itself is built where there is an engine for it, and otherwise that part is skipped with a message.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILDER = Path(sys.executable).parent / "ansible-builder"
EXAMPLE = ROOT / "docs/examples/awx/execution-environment.yml"
DECISION = EXAMPLE.with_name("decision-environment.yml")
#: The files of their contexts, and what must be in them.
EXAMPLE_NEEDS: dict[str, tuple[str, ...]] = {"requirements.yml": ("bloq.cloud",), "requirements.txt": ("redis>=5",)}
DECISION_NEEDS: dict[str, tuple[str, ...]] = {
    "requirements.yml": ("bloq.cloud",),
    "requirements.txt": ("ansible-rulebook", "redis>=5"),
    "bindep.txt": ("java-21-openjdk-headless",),
}


def main() -> int:
    """Run the check and return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        context = Path(name) / "context"
        made, lacks = created(EXAMPLE, context, EXAMPLE_NEEDS)
        # The copy that the gate runs in lies as Ansible wants it: <collections>/ansible_collections/bloq/cloud.
        needs = run("introspect", str(ROOT.parents[2]))
        missing = [need for need in ("requests", "pyjwt", "git [platform:rpm]") if need not in needs]
        if lacks or missing:
            print(f"ansible-builder does not find {lacks + missing}:\n{made}\n{needs}")
            return 1
        made, lacks = created(DECISION, Path(name) / "decision", DECISION_NEEDS)
        if lacks:
            print(f"ansible-builder does not find {lacks} for a decision environment:\n{made}")
            return 1
        print("ansible-builder makes the contexts and finds what the collection needs.")
        engine = next((engine for engine in ("podman", "docker") if runs(engine)), None)
        if engine is None:
            print("SKIPPED: the image is not built, for neither podman nor docker runs here.")
        else:
            definition = with_this_collection(Path(name))
            run("build", "--file", str(definition), "--context", str(context), "--container-runtime", engine)
            print(f"{engine} builds the image.")
    return 0


def created(definition: Path, context: Path, needed: dict[str, tuple[str, ...]]) -> tuple[str, list[str]]:
    """Make a context; return what is in its files, and what they lack of what is needed."""
    run("create", "--file", str(definition), "--context", str(context))
    made = "".join((context / "_build" / file).read_text(encoding="utf-8") for file in needed)
    return made, [need for needs in needed.values() for need in needs if need not in made]


def runs(engine: str) -> bool:
    """Tell whether an engine is there, and its daemon too where it needs one."""
    return (
        bool(shutil.which(engine)) and not subprocess.run([engine, "info"], capture_output=True, check=False).returncode
    )


def with_this_collection(folder: Path) -> Path:
    """Return the example's definition, changed to install this very collection in place of the published one."""
    galaxy = BUILDER.with_name("ansible-galaxy")
    subprocess.run([str(galaxy), "collection", "build", "--output-path", str(folder), str(ROOT)], check=True)
    artifact = next(folder.glob("bloq-cloud-*.tar.gz"))
    definition = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    definition["additional_build_files"] = [{"src": str(artifact), "dest": "artifacts"}]
    definition["dependencies"]["galaxy"]["collections"] = [{"name": f"artifacts/{artifact.name}", "type": "file"}]
    changed = folder / "execution-environment.yml"
    changed.write_text(yaml.safe_dump(definition), encoding="utf-8")
    return changed


def run(*arguments: str) -> str:
    """Run ansible-builder and return its output; it ends the check when it fails."""
    done = subprocess.run([str(BUILDER), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"ansible-builder {arguments[0]} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
