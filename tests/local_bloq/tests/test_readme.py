# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's commands work as printed, and the package works alone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local_bloq.web.faults import FAULT_SCHEMA

PACKAGE = Path(__file__).resolve().parents[1]
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
OFFSETS = (0, 2, 6)


def free_base(*taken: int) -> int:
    """Return a port whose neighbours for the other two services are free as well."""
    for base in range(20_000 + os.getpid() % 10_000, 60_000, 10):
        try:
            for offset in OFFSETS:
                with socket.create_server(("127.0.0.1", base + offset)):
                    pass
        except OSError:
            continue
        if base not in taken:
            return base
    raise AssertionError("no free ports")


def session() -> str:
    """Return the README's commands as one script, on free ports."""
    commands = "\n".join(re.findall(r"^```shell\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    first = free_base()
    second = free_base(first)
    third = free_base(first, second)
    ports = {4000: first, 4002: first + 2, 4006: first + 6, 5000: second, 6000: third, 6002: third + 2}
    commands = commands.replace("pip install ./tests/local_bloq\n", "")
    commands = commands.replace("serve --user", "serve --port-base 4000 --user")
    return re.sub(r"(127\.0\.0\.1:|--port-base )(\d{4})\b", lambda found: f"{found[1]}{ports[int(found[2])]}", commands)


def test_every_command_works_as_printed(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with open(tmp_path / "output", "w+", encoding="utf-8") as stream:
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", session()],
            cwd=tmp_path,
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(120)
        finally:
            # A failure leaves its servers running.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    output = (tmp_path / "output").read_text(encoding="utf-8")
    assert process.returncode == 0, output
    assert "curl: " not in output
    assert "HTTP/1.1 429 Too Many Requests" in output
    assert "retry-after: 2" in output
    assert '"result":"0000000082b5015589a3fdf2d4baff403e6f0be035a5d9742c1cae6295464449"' in output
    assert "Local Bloq, Connect" in output


def test_each_option_and_each_member_of_a_fault_is_told() -> None:
    table = README[README.index("| Member |") : README.index("faults=http")]
    assert set(re.findall(r"`(\w+)`", re.sub(r"(?m)^(\| [^|]*\|).*$", r"\1", table))) == set(FAULT_SCHEMA["properties"])
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("local-bloq")), "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert set(re.findall(r"`(--[a-z-]+)", README)) <= set(re.findall(r"--[a-z-]+", shown))
    assert not re.search(r"default: (None|\[\]|True|False)", shown)


def test_it_is_installed_and_serves_in_a_clean_virtual_environment(tmp_path: Path) -> None:
    source = tmp_path / "local_bloq"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("*.egg-info", "build", "__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=120)
    before = sorted(source.rglob("*"))
    python = tmp_path / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    installed = subprocess.run([*pip, str(source)], capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode and re.search(r"No matching distribution|Connection|resolution", installed.stderr):
        pytest.skip("no package index can be reached")
    assert installed.returncode == 0, installed.stderr
    # Whoever installs it from an installed collection may still verify that.
    assert sorted(source.rglob("*")) == before
    command = [str(python.with_name("local-bloq")), "serve", "--port-base", "0", "--user", "a@example.com"]
    environment = {"LOCAL_BLOQ_PASSWORD": "of no account", "PATH": os.environ["PATH"]}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
        finally:
            process.terminate()
    assert set(ready) == {"accounts", "connect", "nodes", "pid"}
    assert process.returncode == 0


def test_each_word_of_an_error_is_among_the_choices() -> None:
    choices = (PACKAGE / "docs" / "choices.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "src").rglob("*.py"))
    words = re.findall(r"Refusal\(\s*\d{3}, \"(\w+)\"", source) + re.findall(r"\"code\": ?\"(\w+)\"", source)
    assert len(set(words)) > 20
    assert sorted(word for word in set(words) if f"`{word}`" not in choices) == []
