# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page at ``/_local/``: over HTTP, and in a browser where there is one."""

from __future__ import annotations

import html
import html.parser
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from asking import TIMEOUT, cause, client_tokens, log_in, make_key
from conftest import USER, Served, serve
from hypothesis import given
from hypothesis import strategies as st
from nodes_client import Client

from local_bloq.control.loopback import is_own_name

ATTACK = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">'&"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def page(bloq: Served, **headers: str) -> requests.Response:
    return requests.get(f"{bloq.accounts}/_local/", headers=headers, timeout=TIMEOUT)


def attack(bloq: Served) -> None:
    """Put markup into every place that a client can fill."""
    client = Client(bloq)
    client.make_cluster(alias=ATTACK)
    body = {
        "email": "<b>@example.com",
        "displayName": ATTACK,
        "password": bloq.password,
        "billingAddress": {"address": ATTACK, "zipCode": "1", "state": "CA", "country": "US"},
    }
    assert requests.post(f"{bloq.accounts}/users", json=body, timeout=TIMEOUT).status_code == 201
    cause(bloq, {"path": f"/{ATTACK}", "method": "GET", "content_type": ATTACK, "body": ATTACK})
    for path in (ATTACK, "%00%ff%0a%e2%80%ae"):
        requests.get(f"{bloq.nodes}/{path}", timeout=TIMEOUT)


class Tags(html.parser.HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_it_shows_what_there_is_and_no_secret() -> None:
    with serve() as bloq:
        account = log_in(bloq)
        key = make_key(bloq, account)
        tokens = client_tokens(bloq, account)
        client = Client(bloq)
        node, stopped, cluster = client.make_node(), client.make_node("ltc"), client.make_cluster()
        client.ask("DELETE", f"/users/me/nodes/{stopped['id']}", 204)
        secret = {"path": "/auth", "body": '{"accessToken": "of-a-test"}', "headers": {"X-Secret": "of-a-test"}}
        cause(bloq, secret, {"path": "/x", "delay": 7})
        reply = page(bloq)
        without_slash = requests.get(f"{bloq.accounts}/_local", timeout=TIMEOUT)
        mails = requests.get(f"{bloq.accounts}/_local/mails", timeout=TIMEOUT).json()
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert without_slash.url.endswith("/_local/")
    for wanted in (USER, key["clientId"], node["id"], stopped["id"], cluster["id"], node["url"], "clientKeysMade: 2"):
        assert wanted in reply.text
    for wanted in ("/users/me/client-keys", "delay: 7", "body: of its own", "Last requests"):
        assert wanted in reply.text
    secrets = [bloq.password, key["clientSecret"], *tokens.values(), *account.values(), node["auth"]["pass"]]
    secrets += [node["auth"]["user"], cluster["auth"]["pass"], "of-a-test", "$argon2", "eyJ"]
    secrets += [mail["verificationToken"] for mail in mails]
    assert [secret for secret in secrets if secret in reply.text] == []


def test_it_is_fresh_whenever_it_is_loaded(bloq: Served) -> None:
    before = page(bloq)
    assert before.headers["Cache-Control"] == "no-store"
    key = make_key(bloq, log_in(bloq))
    assert key["clientId"] not in before.text
    assert key["clientId"] in page(bloq).text


def test_it_loads_nothing_runs_nothing_and_says_so(bloq: Served) -> None:
    reply = page(bloq)
    seen = Tags(reply.text)
    assert not seen.tags & {"script", "img", "link", "iframe", "form", "object", "embed", "base"}
    assert not seen.attributes & {"src", "href", "srcset", "style", "action"}
    assert "url(" not in reply.text and "@import" not in reply.text
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script" not in policy and "frame-ancestors 'none'" in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_what_clients_fill_in_is_text() -> None:
    with serve() as bloq:
        clean = Tags(page(bloq).text)
        attack(bloq)
        reply = page(bloq)
    seen = Tags(reply.text)
    assert seen.tags - clean.tags <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert seen.attributes == clean.attributes
    # It is there, as text: the name of an account, and the path of a request and of a fault.
    assert "".join(seen.texts).count(ATTACK) >= 3


@pytest.mark.parametrize("path", ["/_local/", "/_local/state", "/_local/mails", "/_local/faults", "/_local/pace"])
@pytest.mark.parametrize(
    "host", ["rebound.example", "127.0.0.1.example", "localhost.example:4000", "10.0.0.1", "[::", "127.0.0.1/.x", ""]
)
def test_a_strangers_name_for_this_machine_is_refused(bloq: Served, path: str, host: str) -> None:
    reply = requests.get(bloq.accounts + path, headers={"Host": host}, timeout=TIMEOUT)
    assert reply.status_code in ((400, 403) if not host else (403,))
    if reply.status_code == 403:
        assert (reply.json()["code"], "localhost" in reply.json()["message"]) == ("ForeignHost", True)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:4000", "bloq.localhost", "127.0.0.1:1", "127.1.2.3", "[::1]:1"]
)
def test_its_own_names_are_not(bloq: Served, host: str) -> None:
    assert page(bloq, Host=host).status_code == 200


@given(st.text() | st.from_regex(r"\A(127\.0\.0\.1|localhost|\[::1\])[/?#@:.\\\\]?"))
def test_any_name_is_its_own_or_not(host: str) -> None:
    assert is_own_name(f"{host}.example") is False
    assert is_own_name(host) in (True, False)


def test_it_is_not_on_the_other_ports(bloq: Served) -> None:
    for url in (bloq.nodes, bloq.connect):
        assert requests.get(f"{url}/_local/", timeout=TIMEOUT).status_code == 404


def test_a_long_list_is_cut() -> None:
    with serve() as bloq:
        account = log_in(bloq)
        for _turn in range(203):
            make_key(bloq, account)
        text = page(bloq).text
    assert "Client keys (203)" in text and "And 3 more." in text
    # The last requests are fifty.
    assert "Last requests (50)" in text


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("there is no Chromium here to look with: install chromium")
    return found


def look(browser: str, url: str, profile: Path, *what: str) -> str:
    """Let a headless browser load a page, and return what it prints."""
    command = [browser, "--headless=new", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
    # Everything but this machine leads nowhere; in a container the browser's own sandbox often cannot start.
    options = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
    done = subprocess.run([*command, *options, *what, url], capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_browser_shows_it_and_runs_nothing(tmp_path: Path) -> None:
    browser = _browser()
    with serve("--demo-data") as bloq:
        attack(bloq)
        url = f"{bloq.accounts}/_local/"
        shown = look(browser, url, tmp_path / "profile", "--dump-dom")
        picture = tmp_path / "page.png"
        look(browser, url, tmp_path / "profile", f"--screenshot={picture}", "--window-size=1280,1600")
    assert "<title>Local Bloq</title>" in shown
    assert USER in shown and "Faults that are set" in shown
    assert not re.search(r"<(script|img)\b", shown)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_browser_reloads_what_is_new(tmp_path: Path) -> None:
    browser = _browser()
    with serve() as bloq:
        url = f"http://localhost:{urlsplit(bloq.accounts).port}/_local/"
        before = look(browser, url, tmp_path / "profile", "--dump-dom")
        made = Client(bloq).make_node()
        after = look(browser, url, tmp_path / "profile", "--dump-dom")
    assert (made["id"] in before, made["id"] in after) == (False, True)


def rows(text: str, title: str) -> int:
    found = re.search(rf"<h2>{title} \((\d+)\)", text)
    assert found is not None
    return int(found[1])


def test_demo_data_is_there_to_look_at_and_comes_once(tmp_path: Path) -> None:
    options = ("--db", str(tmp_path / "bloq.db"), "--demo-data")
    with serve(*options) as bloq:
        text = page(bloq).text
        assert (rows(text, "Client keys"), rows(text, "Nodes and clusters")) == (2, 4)
        account = log_in(bloq)
        events: list[dict[str, t.Any]] = requests.get(
            f"{bloq.accounts}/users/me/events", headers=account, timeout=TIMEOUT
        ).json()
        assert len({event["createdAt"][:10] for event in events}) == 8
        assert [event["createdAt"] for event in events] == sorted(event["createdAt"] for event in events)
        nodes = Client(bloq).ask("GET", "/users/me/nodes", 200)
        assert {node["chain"]: node["state"] for node in nodes}["eth"] == "stopped"
    with serve(*options, password=bloq.password) as again:
        text = page(again).text
        assert (rows(text, "Client keys"), rows(text, "Nodes and clusters")) == (2, 4)


def test_demo_data_needs_an_account() -> None:
    command = [str(Path(sys.executable).with_name("local-bloq")), "serve", "--port-base", "0", "--demo-data"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("local-bloq: --demo-data needs an account to fill: name one with --user or --users-file\n")
