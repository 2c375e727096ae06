# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An option comes from the nearest place that sets it, is checked there, and is never quoted when it is secret."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
from ansible import constants
from ansible_collections.bloq.cloud.plugins.module_utils import _argspec
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import LOOKUP
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._options import resolve as resolving
from ansible_collections.bloq.cloud.plugins.plugin_utils._options import variables as omitted_variables
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import Level, Options, resolve
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.variables import Variables

PLACES = (Level.TASK, Level.VARIABLE, Level.ENVIRONMENT, Level.INI)


def resolved(
    task: dict[str, t.Any] | None = None,
    variables: dict[str, t.Any] | None = None,
    environment: dict[str, str] | None = None,
    ini: dict[str, str] | None = None,
    **more: t.Any,
) -> Options:
    return resolve(LOOKUP, task or {}, (variables or {}).get, environment or {}, ini=ini or {}, **more)


@pytest.mark.parametrize("places", [set(c) for n in range(5) for c in itertools.combinations(PLACES, n)], ids=str)
def test_the_nearest_place_wins(places: set[Level]) -> None:
    value = {place: f"https://{place.name.lower()}.example.com" for place in places}
    found = resolved(
        {"accounts_url": value[Level.TASK]} if Level.TASK in places else None,
        {"bloq_accounts_url": value[Level.VARIABLE]} if Level.VARIABLE in places else None,
        {"BLOQ_ACCOUNTS_URL": value[Level.ENVIRONMENT]} if Level.ENVIRONMENT in places else None,
        {"accounts_url": value[Level.INI]} if Level.INI in places else None,
    )
    nearest = min(places, default=Level.DEFAULT)
    assert found["accounts_url"] == value.get(nearest, "https://accounts.bloq.cloud")
    assert found.levels["accounts_url"] == nearest


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_empty_is_not_set(empty: t.Any) -> None:
    found = resolved({"username": empty}, {"bloq_username": empty}, {"BLOQ_USERNAME": "someone"})
    assert (found["username"], found.levels["username"]) == ("someone", Level.ENVIRONMENT)


def test_false_and_zero_are_set() -> None:
    found = resolved({"cache": False, "min_ttl": 0}, {"bloq_cache": True, "bloq_min_ttl": 60})
    assert found["cache"] is False and found["min_ttl"] == 0


def test_texts_of_the_environment_become_what_the_option_is() -> None:
    environment = {"BLOQ_CACHE": "no", "BLOQ_MIN_TTL": "60", "BLOQ_TIMEOUT": "2.5", "BLOQ_CACHE_PATH": "~/x"}
    found = resolved(environment=environment)
    assert (found["cache"], found["min_ttl"], found["timeout"]) == (False, 60, 2.5)
    assert not found["cache_path"].startswith("~")


def test_every_option_has_its_default_and_its_type() -> None:
    found = resolved()
    assert set(found) == set(LOOKUP) and len(found) == len(LOOKUP)
    assert {name: found[name] for name in found} == {name: entry.get("default") for name, entry in LOOKUP.items()}
    assert set(found.levels.values()) == {Level.DEFAULT}


SPECS = {name: spec for name, spec in vars(_argspec).items() if name.isupper() and isinstance(spec, dict)}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_defaults_have_the_type_that_their_option_declares(spec: dict[str, t.Any]) -> None:
    # resolve hands defaults out as they are.
    types = {"str": str, "bool": bool, "int": int, "float": float, "path": str}
    for name, entry in spec.items():
        if isinstance(entry, dict) and entry.get("default") is not None and entry.get("type") in types:
            assert isinstance(entry["default"], types[entry["type"]]), name


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ({"min_ttl": "soon"}, "min_ttl"),
        ({"cache": "perhaps"}, "cache"),
        ({"grant": "password"}, "client_credentials"),
        ({"kind": "refresh"}, "kind"),
        ({"min_tll": 5}, "min_tll"),
        ({"key": ["ci", "site"]}, "key must be a single text"),
        ({"cache_path": {"ci": 1}}, "cache_path must be a single text"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_option_s_name(task: dict[str, t.Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        resolved(task)


def test_a_misspelt_option_gets_the_list_of_the_right_ones() -> None:
    with pytest.raises(InputError, match=r"no option min_tll.*accounts_url.*validate_certs"):
        resolved({"min_tll": 5})
    # YAML reads no and 1 as what is no text.
    with pytest.raises(InputError, match=r"no option 7, False, min_tll here"):
        resolved(t.cast(t.Any, {"min_tll": 60, False: 1, 7: 1}))


def test_a_secret_is_not_quoted() -> None:
    with pytest.raises(InputError) as told:
        resolved({"min_ttl": "the-secret", "password": "the-secret"})
    assert "the-secret" not in str(told.value)
    assert "the-secret" not in repr(resolved({"password": "the-secret"}))


def test_what_a_task_acts_on_comes_from_the_task_alone() -> None:
    found = resolved(None, {"bloq_force": True}, {"BLOQ_FORCE": "true"}, task_only=frozenset({"force"}))
    assert found["force"] is False


@pytest.mark.parametrize(
    ("names", "level"),
    [
        (("username",), Level.VARIABLE),
        (("password", "username"), Level.TASK),
        (("cli_session",), None),
        (("access_token", "client_id"), None),
    ],
)
def test_the_level_of_several_options(names: tuple[str, ...], level: Level | None) -> None:
    found = resolved({"password": "x", "cli_session": False}, {"bloq_username": "y"})
    assert found.level(*names) == level


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[bloq]\naccounts_url = https://a.example.com ; ours\nmin_ttl=60\n",
            {"accounts_url": "https://a.example.com", "min_ttl": "60"},
        ),
        ("[bloq]\nusername = 100%sure\n", {"username": "100%sure"}),
        ("[defaults]\nforks = 5\n", {}),
    ],
)
def test_the_ini_section(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: dict[str, str]
) -> None:
    path = tmp_path / "ansible.cfg"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(constants.config, "_config_file", str(path))
    resolving.ini_values.cache_clear()
    assert dict(resolving.ini_values()) == expected
    resolving.ini_values.cache_clear()


def test_without_an_ansible_cfg_there_is_no_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants.config, "_config_file", None)
    resolving.ini_values.cache_clear()
    assert dict(resolving.ini_values()) == {}
    resolving.ini_values.cache_clear()


class _OmitType:
    """Has the name that the type of ``omit`` has in ansible-core."""


@pytest.mark.parametrize("omit", ["__omit_place_holder__3fc1", _OmitType(), None])
def test_an_omitted_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, omit: object) -> None:
    class OmittedError(Exception):
        """What ansible-core raises since 2.19."""

    def template(_value: t.Any) -> t.Any:
        if omit is None:
            raise OmittedError
        return omit

    monkeypatch.setattr(omitted_variables, "_Omitted", OmittedError)
    raw = {"bloq_name": "{{ nothing | default(omit) }}", "keys": {"ci": {"a": "{{ nothing | default(omit) }}"}}}
    variables = Variables(raw, template)
    assert variables.get("bloq_name") is None
    assert dict(variables.get_entry("keys", "ci")["ci"]) == {"a": None}


def test_variables_are_templated_where_they_are_used() -> None:
    seen: list[t.Any] = []

    def template(value: t.Any) -> t.Any:
        seen.append(value)
        return {"{{ other }}": {"b": "of the template"}, "{{ first }}": "first"}[value]

    keys = {
        "a": "{{ first }}",
        "b": "{{ second }}",
        "c": {"id": "plain", "secret": "{{ first }}", "rest": "{{ second }}"},
    }
    variables = Variables({"keys": keys, "link": "{{ other }}", "text": "x"}, template)
    assert variables.get("nothing") is None and variables.get_entry("nothing", "a") is None
    assert variables.get_entry("keys", "a") == {"a": "first"} and seen == ["{{ first }}"]
    assert variables.get_entry("keys", "d") == {} and seen == ["{{ first }}"]
    record = variables.get_entry("keys", "c")["c"]
    assert list(record) == ["id", "secret", "rest"] and len(record) == 3
    assert record["id"] == "plain" and record["secret"] == "first" and seen == ["{{ first }}"] * 2
    assert variables.get_entry("link", "b") == {"b": "of the template"}
    assert variables.get_entry("text", "b") == "x"
