# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback that writes down what it is given of a task's end, and respects ``no_log``, as ansible-runner does."""

from __future__ import annotations

import os
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: tells
type: aggregate
short_description: Writes down what callbacks are given
description: Writes each result, and the fields of its task, to the file TELLS_FILE.
"""


class CallbackModule(CallbackBase):
    """The callback."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "tells"
    CALLBACK_NEEDS_ENABLED = True

    def _tell(self, result: t.Any, *_further: t.Any, **_options: t.Any) -> None:
        # By the names that every ansible-core has.
        told, fields = result._result, result._task_fields
        hidden = told.get("_ansible_no_log") or "censored" in told or fields.get("no_log")
        with open(os.environ["TELLS_FILE"], "a", encoding="utf-8") as file:
            file.write(f"{told!r} {'hidden' if hidden else fields!r}\n")

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_skipped = v2_runner_on_unreachable = _tell
    v2_runner_item_on_ok = v2_runner_item_on_failed = v2_runner_item_on_skipped = v2_runner_retry = _tell
