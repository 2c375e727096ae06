# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the libraries of every Python that starts tell all they can, as somebody does who looks for a fault.

Python imports this by its name when its folder is on PYTHONPATH. CHATTY_FOLDER says where the logs go.
"""

from __future__ import annotations

import http.client
import logging
import os
import syslog

_FOLDER = os.environ.get("CHATTY_FOLDER")


def _to_system_log(*arguments: object) -> None:
    with open(os.path.join(str(_FOLDER), "syslog"), "a", encoding="utf-8") as log:
        log.write(f"{arguments[-1]}\n")


if _FOLDER:
    http.client.HTTPConnection.debuglevel = 1
    # The root logger is Ansible's, for its own log.
    for _name in ("urllib3", "requests"):
        logging.getLogger(_name).setLevel(logging.DEBUG)
        logging.getLogger(_name).addHandler(logging.FileHandler(os.path.join(_FOLDER, "python.log")))
    vars(syslog)["syslog"] = _to_system_log
