# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential types for AWX feed options that there are, and hide what must be hidden."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOGIN, NODE, NODES, TOKEN
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.variables import Variables
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import (
    account_credential,
    client_credential,
)
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

EXAMPLES = Path(__file__).resolve().parents[3] / "docs/examples/awx"
TYPES = {"account": LOGIN, "client_key": TOKEN, "services": NODE}


def environment(name: str, **inputs: str) -> dict[str, str]:
    """Return what AWX injects into a job for a credential with these inputs."""
    defined = definition(name)
    given = {field["id"]: field.get("default", "") for field in defined["inputs"]["fields"]} | inputs
    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    return {key: sandbox.from_string(value).render(given) for key, value in defined["injectors"]["env"].items()}


def definition(name: str) -> dict[str, t.Any]:
    return t.cast(dict[str, t.Any], yaml.safe_load((EXAMPLES / f"credential_type_{name}.yml").read_text()))


@pytest.mark.parametrize("name", TYPES)
def test_a_type_feeds_options_and_hides_what_the_modules_hide(name: str) -> None:
    defined, spec = definition(name), TYPES[name]
    fields = {field["id"]: field for field in defined["inputs"]["fields"]}
    assert defined["kind"] == "cloud"
    assert set(defined) == {"name", "description", "kind", "inputs", "injectors"}
    assert defined["injectors"]["env"] == {f"BLOQ_{field.upper()}": f"{{{{ {field} }}}}" for field in fields}
    for field, settings in fields.items():
        assert bool(settings.get("secret")) == bool(spec[field].get("no_log")), field
    assert set(defined["inputs"].get("required", [])) <= set(fields)


def test_an_account_s_inputs_become_its_credential() -> None:
    injected = environment("account", username="ci@example.com", password="swordfish")
    options = resolve(LOGIN, {}, lambda _name: None, injected)
    assert account_credential(options).login == ("ci@example.com", "swordfish")
    assert options["accounts_url"] == "https://accounts.bloq.cloud"
    token = account_credential(resolve(LOGIN, {}, lambda _name: None, environment("account", access_token="a.b.c")))
    assert token.access_token == "a.b.c"


def test_a_client_key_s_inputs_become_its_credential() -> None:
    injected = {
        **environment("client_key", client_id="ab" * 20, client_secret="swordfish"),
        **environment("services", accounts_url="https://a.example"),
    }
    credential = client_credential(resolve(TOKEN, {}, lambda _name: None, injected), Variables({}, str))
    assert (credential.client_id, credential.client_secret) == ("ab" * 20, "swordfish")
    assert credential.accounts_url == "https://a.example"


def test_a_refresh_token_alone_is_a_credential() -> None:
    injected = environment("client_key", refresh_token="a.b.c")
    credential = client_credential(resolve(TOKEN, {}, lambda _name: None, injected), Variables({}, str))
    assert (credential.client_id, credential.client_secret, credential.refresh_token) == (None, None, "a.b.c")


def test_jobs_reach_the_services_that_a_credential_names() -> None:
    given = environment("services", nodes_url="https://nodes.example", coordination_url="redis://127.0.0.1:9")
    options = resolve(NODES, {}, lambda _name: None, given)
    assert (options["nodes_url"], options["coordination_url"]) == ("https://nodes.example", "redis://127.0.0.1:9")


def test_what_a_credential_leaves_empty_is_as_without_it() -> None:
    options, bare = (resolve(NODE, {}, lambda _name: None, given) for given in (environment("services"), {}))
    assert dict(options) == dict(bare)


def test_no_two_types_set_one_variable() -> None:
    # Of two credentials of one job one counts, and it may be the empty one.
    names = [name for each in TYPES for name in definition(each)["injectors"]["env"]]
    assert len(names) == len(set(names))
    assert set(TYPES) == {path.stem.removeprefix("credential_type_") for path in EXAMPLES.glob("credential_type_*.yml")}
