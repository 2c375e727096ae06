# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neither a proxy nor the debug settings of others get to see what is not theirs."""

from __future__ import annotations

import http.client
import logging

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._connection import Connection
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.module_utils._http import local_transport
from ansible_collections.bloq.cloud.tests.unit.plugins.module_utils.http_service import CANARY, Service

_PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


@pytest.mark.parametrize("variable", _PROXY_VARIABLES)
def test_no_proxy_of_the_environment_sees_what_is_not_encrypted(
    service: Service, proxy: Service, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    service.transport().send("POST", "/auth", basic=("user", CANARY))
    assert len(service.requests) == 1 and proxy.requests == []
    # The proxy is one: whoever allows http:// anywhere gets it.
    service.transport(allow_http=True).send("GET", "/")
    assert len(service.requests) == 1 and proxy.requests[0][1] == f"{service.url}/"


@pytest.mark.parametrize("elsewhere", ["http://proxy.example.com:3128", "proxy.example.com:3128", "http://[::1", "x"])
def test_a_proxy_elsewhere_never_sees_what_is_not_encrypted(service: Service, elsewhere: str) -> None:
    with pytest.raises(InputError, match="in the clear"):
        service.transport(proxy=elsewhere)
    assert local_transport(Connection("https://accounts.bloq.cloud", proxy=elsewhere))


def test_a_proxy_on_this_machine_may_be_named(service: Service, proxy: Service) -> None:
    service.transport(proxy=proxy.url).send("GET", "/")
    assert proxy.requests[0][1] == f"{service.url}/" and service.requests == []


def test_no_proxy_in_the_environment_is_honoured(
    service: Service, proxy: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    service.transport(allow_http=True).send("GET", "/")
    assert len(service.requests) == 1 and proxy.requests == []


@pytest.mark.parametrize("through_proxy", [False, True])
def test_the_debug_settings_of_http_libraries_print_no_header(
    service: Service,
    proxy: Service,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    through_proxy: bool,
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    monkeypatch.setattr(logging.root, "handlers", [logging.StreamHandler()])
    caplog.set_level(logging.DEBUG)
    named = {"proxy": proxy.url} if through_proxy else {}
    service.transport(**named).send("POST", "/auth", bearer=CANARY, body={"clientSecret": CANARY})
    told = "".join(capfd.readouterr())
    assert "Starting new HTTP connection" in told
    assert CANARY not in told and "send:" not in told
    # They print them where nobody holds them back.
    http.client.HTTPConnection("127.0.0.1", service.server.server_port).request("GET", "/", headers={"X-Y": CANARY})
    assert CANARY in capfd.readouterr().out
