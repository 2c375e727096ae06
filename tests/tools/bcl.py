#!/usr/bin/env python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bcl, Bloq's command line client, does for the guides: ``bcl conf env local`` and ``bcl login``.

It leaves the file that bcl leaves. It knows the environment local alone, so that no password leaves this machine.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import requests

CONFIG = Path.home() / ".config" / "@bloq" / "cloud-cli-nodejs" / "config.json"
ACCOUNTS = "http://localhost:4000"


def main(arguments: list[str]) -> None:
    """Write the configuration."""
    CONFIG.parent.mkdir(parents=True, exist_ok=True)
    if arguments == ["conf", "env", "local"]:
        services = {"local": {"accounts": {"url": ACCOUNTS}}}
        config = {"env": "local", "services": services, "version": "4.0.0", "isInitialized": "true"}
    elif arguments == ["login"]:
        user = os.environ["BLOQ_USERNAME"]
        config = {**json.loads(CONFIG.read_text(encoding="utf-8")), "user": user, "accessToken": _token(user)}
    else:
        sys.exit(f"This stand-in for bcl does not know: {' '.join(arguments)}")
    CONFIG.write_text(json.dumps(config), encoding="utf-8")


def _token(user: str) -> str:
    # No more than the line: what comes after it is for others.
    password = os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False).readline().decode().rstrip("\n")
    reply = requests.post(f"{ACCOUNTS}/auth", auth=(user, password), timeout=30)
    reply.raise_for_status()
    return str(reply.json()["accessToken"])


if __name__ == "__main__":
    main(sys.argv[1:])
