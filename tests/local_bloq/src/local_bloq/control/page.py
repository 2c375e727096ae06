# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is, for people to look at in a browser: ``/_local/``. It has no script, no secret and no foreign part."""

from __future__ import annotations

import html
import typing as t

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from local_bloq.context import Context
from local_bloq.control.page_rows import Row, accounts, client_keys, events, faults, instances, pace, requests
from local_bloq.web.request_log import RequestLog

_MOST_ROWS: t.Final = 200
_HEADERS: t.Final = {
    # Nothing may be loaded or run, nobody may frame it, and nothing is kept.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE: t.Final = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:2em;color:#222;background:#fff}"
    "table{border-collapse:collapse}th,td{text-align:left;padding:.2em .9em .2em 0;border-bottom:1px solid #ddd}"
    "td{font-family:ui-monospace,monospace;font-size:13px;max-width:48em;overflow-wrap:break-word}"
    "h2{margin:1.6em 0 .3em}"
)


class Page:
    """The endpoint."""

    def __init__(self, context: Context, log: RequestLog) -> None:
        self._context = context
        self._log = log

    async def __call__(self, _request: Request) -> Response:
        """Serve GET."""
        return HTMLResponse(self._page(), headers=_HEADERS)

    def _page(self) -> str:
        context = self._context
        sections = (
            _section("Accounts", accounts(context), "No account: start with --user, or sign up."),
            _section("Client keys", client_keys(context), "None."),
            _section("Nodes and clusters", instances(context), "None."),
            _section("Pace of nodes", pace(context), ""),
            _section("Faults that are set", faults(context), "None: the services answer as they are."),
            _section("Last requests", requests(self._log), "None yet."),
            _section("Events", events(context), "None."),
        )
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Local Bloq</title>'
            f"<style>{_STYLE}</style></head><body><h1>Local Bloq</h1>"
            f"<p>{_services(context)}. It is as it was when you loaded it: reload to look again.</p>"
            f"{''.join(sections)}</body></html>\n"
        )


def _services(context: Context) -> str:
    # Addresses of its own, but one rule for all: whatever is put into the page is escaped.
    return ", ".join(f"{html.escape(name.title())} at {html.escape(url)}" for name, url in context.urls.items())


def _section(title: str, rows: t.Sequence[Row], empty: str) -> str:
    heading = f"<h2>{html.escape(title)} ({len(rows)})</h2>"
    if not rows:
        return f"{heading}<p>{html.escape(empty)}</p>"
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    body = "".join(_row(row) for row in rows[:_MOST_ROWS])
    more = f"<p>And {len(rows) - _MOST_ROWS} more.</p>" if len(rows) > _MOST_ROWS else ""
    return f"{heading}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _row(row: Row) -> str:
    cells = "".join(f"<td>{html.escape(str('' if value is None else value))}</td>" for value in row.values())
    return f"<tr>{cells}</tr>"
