# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a secret in what ansible-core shows of a loop, and what is not."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import SECRET_OPTIONS, TOKEN, Spec
from ansible_collections.bloq.cloud.plugins.plugin_utils._known_secrets import (
    UNREADABLE,
    KnownSecrets,
    known_secrets,
    secrets_in,
    shown_secrets,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.module_defaults import ModuleDefaults
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.variables import Variables
from ansible_collections.bloq.cloud.tests.unit.plugins.plugin_utils._vault.vars_files import VAULT
from hypothesis import given
from hypothesis import strategies as st

SECRET = "a-secret-word"
HEX = "0123456789abcdef" * 5
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhIn0.c2ln"

NOTHING = KnownSecrets(set(), set(), complete=True)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc-_.: ", max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "key", "value"]), inner),
    max_leaves=8,
)


def placed(part: t.Any) -> st.SearchStrategy[t.Any]:
    """Return values that hold ``part``, at any depth, among others."""
    return st.recursive(
        st.just(part),
        lambda inner: (
            st.tuples(PLAIN, inner, PLAIN).map(list)
            | st.tuples(PLAIN, inner).map(lambda two: {"a": two[0], "b": two[1]})
        ),
        max_leaves=3,
    )


class Boom(Exception):
    """What a template may raise."""


def template(value: t.Any) -> t.Any:
    if "boom" in str(value):
        raise Boom
    return "templated" if "{{" in str(value) else value


def known(arguments: t.Mapping[str, t.Any], *, spec: Spec | None = None, **variables: t.Any) -> KnownSecrets:
    return known_secrets(
        TOKEN if spec is None else spec, arguments, ModuleDefaults(), Variables(variables, template), {}, item="item"
    )


@given(PLAIN)
def test_what_names_no_secret_is_shown(value: t.Any) -> None:
    assert shown_secrets(value, lambda: NOTHING) == set()


@pytest.mark.parametrize(
    "part",
    [
        *({name: SECRET} for name in ("client_secret", "refresh_token", "password", "access_token", "new_password")),
        {"pending": {"client_secret": SECRET}},
        {"password": [{"any": SECRET}]},
        {"key": "client_secret", "value": SECRET},
        ["refresh_token", SECRET],
        {"password": 1234},
        f"a text with {HEX}, the shape of a key's secret",
        f"Authorization: Bearer {JWT}",
        {JWT: "as a name"},
        {"url": f"https://{SECRET}:{SECRET}@example.com/path"},
        json.dumps({"client_secret": HEX}),
    ],
    ids=str,
)
def test_a_secret_is_found_at_any_depth(part: t.Any) -> None:
    @given(placed(part))
    def check(value: t.Any) -> None:
        assert set(secrets_in(value)) & {SECRET, f"{SECRET}:{SECRET}", HEX, "1234", JWT}

    check()


@pytest.mark.parametrize(
    "value",
    [
        ["ci", "production"],
        ["client_secret", "refresh_token", "password"],
        "client_secret",
        {"name": "ci", "client_id": "ab" * 20, "overlap": "24h", "verify": True, "max_age": None},
        {"client_secret": None, "password": ""},
        {"commit": "ab" * 20, "digest": "ab" * 32},
        {"key": "client_id", "value": "ab" * 20},
        "http://127.0.0.1:8080/a@b and https://example.com:443/",
    ],
    ids=str,
)
def test_names_ids_and_settings_are_none(value: t.Any) -> None:
    assert set(secrets_in(value)) == set()


def test_what_is_encrypted_is_a_secret_whatever_its_name() -> None:
    loader = DataLoader()
    loaded = loader.load("one: !vault |\n" + "".join(f"  {line}\n" for line in VAULT.encrypt(SECRET).splitlines()))
    found = set(secrets_in([{"deep": loaded}]))
    assert found and found <= {SECRET, UNREADABLE}


class TestWhatATaskKnows:
    def test_every_place_of_a_secret_option(self) -> None:
        defaults = ModuleDefaults(group={"refresh_token": "of the group"}, own={"refresh_token": "of the module"})
        variables = Variables({"bloq_refresh_token": "of a variable", "bloq_password": "of another module"}, template)
        environment = {"BLOQ_PASSWORD": "of the environment"}
        found = known_secrets(TOKEN, {"client_secret": "of the task"}, defaults, variables, environment, item="item")
        places = ("the task", "the group", "the module", "a variable", "another module", "the environment")
        assert found == KnownSecrets({f"of {place}" for place in places}, set(), complete=True)

    def test_an_invalid_option_takes_none_away(self) -> None:
        found = known({"timeout": "abc", "no_such": [SECRET], "client_secret": {"a": "of-a-mapping"}})
        assert found.misplaced == {SECRET} and "of-a-mapping" in found.texts
        assert shown_secrets({"name": "x", "p": SECRET}, lambda: found)

    def test_what_is_in_any_message_by_chance_is_no_secret(self) -> None:
        assert known({"client_secret": " ", "refresh_token": ["a", " ", SECRET]}).texts == {SECRET}
        assert known({"client_secret": "abc"}).texts == {"abc"}

    def test_the_records_in_variables(self) -> None:
        records = {"ci": {"client_secret": SECRET, "pending": {"client_secret": "{{ other }}"}, "client_id": "id"}}
        found = known(
            {"variable": "mine"}, mine=records, other="of-another", bloq_nodes={"n": {"password": "of-a-node"}}
        )
        assert found.texts == {SECRET, "of-another", "of-a-node"}

    def test_the_password_in_a_proxy_s_url(self) -> None:
        found = known({"proxy": "http://me:a%20pass%2Fword@proxy.example.com:3128"})
        assert shown_secrets({"p": "a pass/word"}, lambda: found) and shown_secrets(
            {"p": "a%20pass%2Fword"}, lambda: found
        )
        assert not shown_secrets({"name": "proxy"}, lambda: found)

    def test_another_module_s_template_is_not_run(self) -> None:
        found = known({}, bloq_password="{{ boom }}", bloq_access_token="{{ named }}", named=SECRET)
        assert found.texts == {SECRET} and found.complete

    @pytest.mark.parametrize("uses", ["{{ boom(item.p) }}", "{{ boom(through) }}"])
    def test_a_template_that_fails_may_have_had_a_secret_from_the_item(self, uses: str) -> None:
        found = known({}, bloq_client_secret=uses, through="{{ item }}")
        assert shown_secrets("anything", lambda: found) == {UNREADABLE} and not shown_secrets(None, lambda: found)

    def test_one_that_has_nothing_to_do_with_the_item_has_not(self) -> None:
        found = known({}, bloq_client_secret="{{ boom(through) }}", through="{{ another }}", another="{{ through }}")
        assert found.complete and not shown_secrets("anything", lambda: found)

    def test_module_defaults_that_are_not_known(self) -> None:
        found = known_secrets(TOKEN, {}, None, Variables({}, template), {}, item="item")
        assert shown_secrets("anything", lambda: found) == {UNREADABLE}

    def test_a_part_of_a_secret(self) -> None:
        found = known({"client_secret": "the-front-and-the-back"})
        assert shown_secrets("and-the-back", lambda: found) and not shown_secrets("back", lambda: found)

    def test_for_names_of_records_the_vault_file_is_not_decrypted(self) -> None:
        own = KnownSecrets({"own secret"}, set(), True)
        asked: list[str] = []

        def all_known() -> KnownSecrets:
            asked.append("decrypted")
            return own._replace(texts={"a secret of the vault file"})

        names = {"deploy", "own secret"}
        assert not shown_secrets("deploy", all_known, names, lambda: own) and not asked
        assert shown_secrets("own secret", all_known, names, lambda: own) and not asked
        assert shown_secrets({"of": "deploy", "to": "the vault file"}, all_known, names, lambda: own) and asked


def test_secret_options_are_known_by_name() -> None:
    wanted = {"password", "access_token", "client_secret", "refresh_token", "new_password", "proxy", "rpc_password"}
    wanted |= {"coordination_url"}
    assert wanted == SECRET_OPTIONS
