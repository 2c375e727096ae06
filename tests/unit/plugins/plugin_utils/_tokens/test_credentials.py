# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential nearest to the task is the one that is meant; two at once or half of one are told."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOOKUP
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.variables import Variables
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import (
    AccountCredential,
    ClientCredential,
    account_credential,
    client_credential,
    nodes_credential,
)

URL = "https://accounts.bloq.cloud"
RECORD = {"accounts_url": "https://a.example.com", "client_id": "id", "client_secret": "the-secret"}


def account(task: dict[str, t.Any], variables: dict[str, t.Any] | None = None, **environment: str) -> AccountCredential:
    return account_credential(resolve(LOOKUP, task, (variables or {}).get, environment))


def client(task: dict[str, t.Any], variables: dict[str, t.Any] | None = None, **environment: str) -> ClientCredential:
    known = Variables(variables or {}, lambda value: value)
    return client_credential(resolve(LOOKUP, task, known.get, environment), known)


def test_a_login_may_come_from_several_places() -> None:
    assert account({"username": "u"}, {"bloq_password": "p"}).login == ("u", "p")
    assert account({}, {"bloq_username": "u"}, BLOQ_PASSWORD="p").login == ("u", "p")


def test_the_nearest_way_wins() -> None:
    variables = {"bloq_username": "u", "bloq_password": "p"}
    assert account({"access_token": "t"}, variables) == AccountCredential(access_token="t")
    assert account({"cli_session": True}, variables) == AccountCredential(cli_session=True)
    assert account({}, variables, BLOQ_ACCESS_TOKEN="t").login == ("u", "p")
    assert account({"cli_session": False}, variables).login == ("u", "p")


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ({}, "no account credential.*BLOQ_"),
        ({"username": "u"}, "password is missing"),
        ({"password": "p"}, "username is missing"),
        ({"username": "u", "access_token": "t"}, "Give only one of"),
        ({"cli_session": True, "access_token": "t"}, "Give only one of"),
    ],
)
def test_no_way_half_of_one_and_two_are_told(task: dict[str, t.Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        account(task)


def test_a_client_key_of_the_options() -> None:
    found = client({"client_id": "id", "client_secret": "s"})
    assert found == ClientCredential(URL, "id", "s")
    assert client({"refresh_token": "r"}) == ClientCredential(URL, refresh_token="r")
    assert client({}, {"bloq_client_id": "id", "bloq_client_secret": "s"}) == found
    assert client({}, BLOQ_CLIENT_ID="id", BLOQ_CLIENT_SECRET="s") == found


def test_a_key_of_the_variable() -> None:
    assert client({"key": "ci"}, {"bloq_client_keys": {"ci": RECORD}}) == ClientCredential(
        "https://a.example.com", "id", "the-secret"
    )
    assert client({"key": "ci", "variable": "mine"}, {"mine": {"ci": RECORD}}).client_id == "id"
    assert client({}, {"bloq_key": "ci", "bloq_client_keys": {"ci": RECORD}}).client_id == "id"


def test_a_record_without_a_url_belongs_to_the_service_of_the_options() -> None:
    record = {"client_id": "id", "client_secret": "s"}
    assert client({"key": "ci"}, {"bloq_client_keys": {"ci": record}}).accounts_url == URL


@pytest.mark.parametrize("client_id", [{"client_id": "id"}, {}])
def test_a_record_with_a_refresh_token_alone(client_id: dict[str, str]) -> None:
    record = {"accounts_url": URL, "refresh_token": "r", **client_id}
    found = client({"key": "ci"}, {"bloq_client_keys": {"ci": record}})
    assert found == ClientCredential(URL, client_id.get("client_id"), refresh_token="r")


def test_the_nearest_credential_wins() -> None:
    variables = {"bloq_client_keys": {"ci": RECORD}, "bloq_client_id": "other", "bloq_client_secret": "s"}
    assert client({"key": "ci"}, variables).client_id == "id"
    assert client({"client_id": "mine", "client_secret": "s"}, {**variables, "bloq_key": "ci"}).client_id == "mine"


@pytest.mark.parametrize(
    ("task", "variables", "told"),
    [
        ({}, {}, "no client credential.*BLOQ_"),
        ({"client_id": "id"}, {}, "client_secret is missing"),
        ({"client_secret": "the-secret"}, {}, "client_id is missing"),
        ({"key": "ci", "client_id": "id"}, {}, "Give only one of"),
        ({"key": "ci"}, {}, "bloq_client_keys is not set here.*client key 'ci'.*vars_files"),
        ({"key": "ci"}, {"bloq_client_keys": ["ci"]}, "variable bloq_client_keys must be a mapping"),
        ({"key": "ci"}, {"bloq_client_keys": {"other": RECORD}}, r"no client key 'ci'\. It has: 'other'\."),
        (
            {"key": "ci"},
            {"bloq_client_keys": {}},
            r"no client key 'ci'\. It has: none\. .*bloq\.cloud\.bloq_client_key",
        ),
        ({"key": "ci"}, {"bloq_client_keys": {"ci": "the-secret"}}, "client key 'ci' is not a mapping"),
        ({"key": "ci"}, {"bloq_client_keys": {"ci": {"client_secret": "the-secret"}}}, "'ci', client_id must be text"),
        *(
            (
                {"key": "ci"},
                {"bloq_client_keys": {"ci": {**RECORD, field: ["the-secret"]}}},
                f"'ci', {field} must be text",
            )
            for field in ("accounts_url", "client_id", "client_secret", "refresh_token")
        ),
        (
            {"key": "ci"},
            {"bloq_client_keys": {"ci": {"client_id": "id"}}},
            "'ci' has neither client_secret nor refresh_token",
        ),
        (
            {"key": "ci", "accounts_url": URL},
            {"bloq_client_keys": {"ci": RECORD}},
            "'ci' belongs to https://a.example.com",
        ),
    ],
)
def test_what_cannot_be_a_credential_is_told(task: dict[str, t.Any], variables: dict[str, t.Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        client(task, variables)
    assert "the-secret" not in str(error.value)


def test_of_many_names_the_first_ones_are_told() -> None:
    keys = {f"key{number:02}": RECORD for number in range(11)}
    with pytest.raises(InputError, match=r"It has: 'key00', .*, 'key09'\. Another"):
        client({"key": "ci"}, {"bloq_client_keys": keys})


@pytest.mark.parametrize(
    ("task", "variables", "environment", "is_client"),
    [
        ({"key": "ci"}, {}, {"BLOQ_ACCESS_TOKEN": "t"}, True),
        ({"access_token": "t"}, {"bloq_client_id": "id", "bloq_client_secret": "s"}, {}, False),
        ({}, {"bloq_client_id": "id", "bloq_client_secret": "s", "bloq_access_token": "t"}, {}, True),
        ({}, {"bloq_client_id": "id", "bloq_client_secret": "s"}, {"BLOQ_ACCESS_TOKEN": "t"}, True),
        ({}, {"bloq_access_token": "t"}, {"BLOQ_CLIENT_ID": "id", "BLOQ_CLIENT_SECRET": "s"}, False),
        ({}, {}, {"BLOQ_REFRESH_TOKEN": "r"}, True),
        ({}, {}, {"BLOQ_ACCESS_TOKEN": "t"}, False),
    ],
)
def test_where_both_kinds_are_taken_the_nearest_wins_and_then_the_key(
    task: dict[str, t.Any], variables: dict[str, t.Any], environment: dict[str, str], is_client: bool
) -> None:
    known = Variables({"bloq_client_keys": {"ci": RECORD}, **variables}, lambda value: value)
    found = nodes_credential(resolve(LOOKUP, task, known.get, environment), known)
    assert isinstance(found, ClientCredential) == is_client


def test_where_both_kinds_are_taken_two_in_the_task_and_none_are_told() -> None:
    known = Variables({}, lambda value: value)
    for task, told in (({"key": "ci", "access_token": "t"}, "Give only one of"), ({}, "no account credential")):
        with pytest.raises(InputError, match=told):
            nodes_credential(resolve(LOOKUP, task, known.get, {}), known)


def test_credentials_are_equal_when_all_of_them_is() -> None:
    one = ClientCredential(URL, "id", "s", "r")
    assert one == ClientCredential(URL, "id", "s", "r")
    others = [
        ClientCredential("https://b.example.com", "id", "s", "r"),
        ClientCredential(URL, "other", "s", "r"),
        ClientCredential(URL, "id", "other", "r"),
        ClientCredential(URL, "id", "s", "other"),
        AccountCredential(("id", "s")),
    ]
    assert all(one != other for other in others)


def test_no_representation_shows_a_secret() -> None:
    shown = repr(client({"client_id": "id", "client_secret": "the-secret", "refresh_token": "the-token"}))
    shown += repr(account({"username": "u", "password": "the-secret"})) + repr(account({"access_token": "the-token"}))
    assert "the-" not in shown
    assert "ClientCredential(accounts_url='https://accounts.bloq.cloud', client_id='id')" in shown
    assert "AccountCredential(cli_session=False)" in shown
