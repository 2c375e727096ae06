# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the package index for known vulnerabilities of everything that requirements/ pins.

Exit status 0: everything was looked up, and nothing is known against it; 1: something is; 2: not all of it could be
looked up, so nobody knows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Look everything up and return the exit code."""
    vulnerable, unknown = set(), set()
    pinned = sorted((ROOT / "requirements").glob("*.txt"))
    for requirements in pinned:
        packages = look_up(requirements)
        if packages is None:
            print(f"Not audited: the package index did not answer for {requirements.name}.", *_ADVICE, sep="\n  ")
            return 2
        for package in packages:
            if "skip_reason" in package:
                unknown.add(package["name"])
            for found in package.get("vulns", []):
                mended = ", ".join(found["fix_versions"]) or "no version yet"
                vulnerable.add(f"{package['name']} {package['version']}: {found['id']}, mended in {mended}")
    if vulnerable:
        print("Known vulnerabilities; mend them with make pins:", *sorted(vulnerable), sep="\n  ")
    if unknown:
        print(f"Not audited: the package index knows nothing of {_some(unknown)}.", *_ADVICE, sep="\n  ")
    if not vulnerable and not unknown:
        print(f"Nothing is known against what {len(pinned)} files of requirements/ pin.")
    return 1 if vulnerable else 2 if unknown else 0


_ADVICE = (
    "pip-audit asks the JSON API of the public index, which mirrors do not have.",
    "Run make audit where that is reachable.",
)


def look_up(requirements: Path) -> list[dict[str, t.Any]] | None:
    """Return what the index knows of each package that a file pins, or None when it cannot be asked."""
    command = ["pip_audit", "--format", "json", "--progress-spinner", "off", "--require-hashes", "--disable-pip"]
    done = subprocess.run(
        [sys.executable, "-m", *command, "--requirement", str(requirements)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    try:
        return t.cast("list[dict[str, t.Any]]", json.loads(done.stdout)["dependencies"])
    except ValueError:
        return None


def _some(names: set[str]) -> str:
    first = sorted(names)[:5]
    return ", ".join(first) + (f" and {len(names) - len(first)} more" if len(names) > len(first) else "")


if __name__ == "__main__":
    sys.exit(main())
