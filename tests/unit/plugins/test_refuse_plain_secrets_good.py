# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check before a commit takes for good: templates, ciphertext, and what is no secret at all."""

from __future__ import annotations

import re
import secrets
import textwrap
import typing as t
from pathlib import Path

import jinja2
import pytest
import yaml
from ansible_collections.bloq.cloud.tests.tools.example_blocks import blocks
from ansible_collections.bloq.cloud.tests.unit.plugins.plain_secrets import COLLECTION, encrypted, found, is_template
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLE = COLLECTION / "docs/examples/gitops"

# Templates


@pytest.mark.parametrize(
    "template",
    [
        *("{{ a }}hunter2", "hunter2{{ a }}", "{{ a }} hunter2 {{ b }}", "{{ a", "{{ a }", "a }}", "{{ a) }}"),
        *("{{ a | default('hunter2') }}", '{{ a | default("hunter2") }}', "{{ a | d(('hunter2')) }}"),
        *("{{ a or 'hunter2' }}", "{{ a and 'hunter2' }}", "{{ a ~ 'hunter2' }}", "{{ 'hunter2' ~ a }}"),
        *(
            "{{ 'hunter2' }}",
            "{{ 1234567 }}",
            "{{ ['hunter2'][0] }}",
            "{{ {'a': 'hunter2'}.a }}",
            "{{ dict(a='hunter2').a }}",
        ),
        *("{{ 'hunter2' if a else b }}", "{{ b if a == 'c' else 'hunter2' }}", "{{ a | ternary('hunter2', b) }}"),
        *("{{ 'aHVudGVyMg' | b64decode }}", "{{ 'hunter2'.lower() }}", "{{ a | replace('b', 'hunter2') }}"),
        *("{{ lookup('env', 'A', default='hunter2') }}", "{{ lookup('env', 'A') | default('hunter2', true) }}"),
        *("{{ lookup('a', password='hunter2') }}", "{{ a.get('b', 'hunter2') }}", "{{ '}}' }}hunter2"),
        *("{% set a = 'hunter2' %}{{ a }}", "{% if a %}hunter2{% endif %}", "{# hunter2 #}{{ a }}"),
        *("{% raw %}hunter2{% endraw %}", "Bearer hunter2", "{% for a in ['hunter2'] %}{{ a }}{% endfor %}"),
        *("{{ a.get('b', ('hunter2')) }}", "{{ lookup('env', 'A', default=b or 'hunter2') }}"),
        *("{{ query('items', 'hunter2')[0] }}", "{{ a | map('default', 'hunter2') | first }}"),
    ],
)
def test_a_literal_in_or_around_a_template_is_refused(template: str) -> None:
    text = yaml.safe_dump({"password": template})
    assert found(text) == ["line 1: password is not encrypted."]


@pytest.mark.parametrize(
    "template",
    [
        *("{{ a }}", "{{- a -}}", "{{ a }}:{{ b }}", "Bearer {{ a }}", "${{ secrets.A }}", "{{ a | default('') }}"),
        *("{{ a | default(omit) }}", "{{ a['ci'].client_secret }}", "{{ a['b']['c'] }}", "{{ a[0] }}"),
        *("{{ lookup('env', 'A') }}", "{{ a | default(lookup('env', 'A'), true) }}", "{{ query('vars', 'a')[0] }}"),
        *(
            "{{ lookup('bloq.cloud.bloq_token', 'ci', min_ttl=600) }}",
            "{{ a if b == 'c' else d }}",
            "{{ a if 'b' in c else d }}",
        ),
        *(
            "{% if a == 'b' %}{{ c }}{% else %}{{ d }}{% endif %}",
            "{{ a | password_hash('sha512') }}",
            "{{ a.get('b') }}",
        ),
        *(
            "{{ (a | from_json)['b'] }}",
            "{{ (a | b64decode).split(':')[1] }}",
            "{{ a | map(attribute='b') | join('-') }}",
        ),
        *("{{ a if b in ['c', 'd'] else e }}", "{% for a in b %}{{ a['c'] }}{% endfor %}"),
        *("{{ a | mandatory('Give a.') }}", "{{ a | replace('b', '') }}"),
    ],
)
def test_a_template_that_names_where_the_secret_is_is_good(template: str) -> None:
    assert found(yaml.safe_dump({"password": template})) == []


@given(st.text("{}%'\" ax1|()[]~=\\", max_size=40))
def test_a_template_with_text_behind_it_is_never_good(text: str) -> None:
    assert not is_template(text + "{{ a }}hunter2")


_LEAVES = st.sampled_from(
    ["'hunter2'", '"hunter2"', "''", "a", "b", "missing", "1", "b['c']", "b.get('c')", "lookup('env', 'A')"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    forms = [
        *(
            "{0} or {1}",
            "{0} and {1}",
            "{0} ~ {1}",
            "({0})",
            "[{0}, {1}]",
            "({0}, {1})[0]",
            "{{'k': {0}}}['k']",
            "not {0}",
        ),
        *("{0} if {1} else {2}", "{0} == {1}", "{0} in [{1}, {2}]", "{0} is defined", "b[{0}]", "dict(k={0}).k"),
        *(
            "{0} | default({1})",
            "{0} | default({1}, true)",
            "{0} | d({1})",
            "({0}) | first",
            "({0}) | list | join({1})",
        ),
        *(
            "({0} | string).replace({1} | string, {2} | string)",
            "b.get({0}, {1})",
            "lookup({0}, default={1})",
            "lookup({0}, {1}, default={2})",
        ),
        *("[{0}] | map('default', {1}) | join", "({0}) | upper | lower", "({0} | string)[:]"),
    ]
    return st.builds(lambda form, *parts: form.format(*parts), st.sampled_from(forms), inner, inner, inner)


_EXPRESSIONS = st.recursive(_LEAVES, _grown, max_leaves=6)
_TEMPLATES = st.one_of(
    st.builds("{{{{ {} }}}}".format, _EXPRESSIONS),
    st.builds("{{% set x = {} %}}{{{{ x }}}}".format, _EXPRESSIONS),
    st.builds("{{% if {} %}}{{{{ {} }}}}{{% else %}}{{{{ {} }}}}{{% endif %}}".format, *[_EXPRESSIONS] * 3),
    st.builds("{{% for x in {} %}}{{{{ x }}}}{{% endfor %}}".format, _EXPRESSIONS),
)


@settings(max_examples=400)
@given(_TEMPLATES)
def test_no_template_that_is_good_returns_a_literal_of_its_own(template: str) -> None:
    if is_template(template):
        known = {"a": "A", "b": {"c": "C"}, "lookup": lambda *_names, default="": default}
        try:
            rendered = jinja2.Template(template).render(known)
        except (jinja2.TemplateError, TypeError):
            return
        assert "hunter2" not in rendered


# Ciphertext


def _ciphertext(*lines: bytes, header: str = "$ANSIBLE_VAULT;1.1;AES256") -> str:
    body = b"\n".join(line.hex().encode() for line in lines).hex()
    return "\n".join([header, *textwrap.wrap(body, 80)]) + "\n"


@pytest.mark.parametrize(
    "vault",
    [
        "\n".join(["$ANSIBLE_VAULT;1.1;AES256", *textwrap.wrap(b"the secret is hunter2 and nothing else".hex(), 80)]),
        _ciphertext(b"hunter2"),
        _ciphertext(b"s" * 32, b"h" * 32, b"hunter2 hunter2!"),
        _ciphertext(secrets.token_bytes(32), secrets.token_bytes(32), b"hunter2" + b"\x09" * 9),
        _ciphertext(secrets.token_bytes(32), b"hunter2 " * 4, secrets.token_bytes(32)),
        _ciphertext(secrets.token_bytes(32), secrets.token_bytes(31), secrets.token_bytes(32)),
        _ciphertext(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(17)),
        _ciphertext(secrets.token_bytes(32), secrets.token_bytes(32)),
        _ciphertext(*(secrets.token_bytes(32) for _line in range(3)), header="$ANSIBLE_VAULT;1.0;AES"),
        _ciphertext(*(secrets.token_bytes(32) for _line in range(3)))[:-3],
    ],
    # What is random must not be in the names of tests.
    ids=range(10),
)
def test_a_header_of_ansible_vault_does_not_make_ciphertext(vault: str) -> None:
    assert found(vault)
    for name in ("password", "note"):
        assert found(f"{name}: !vault |\n" + textwrap.indent(vault, "  ") + "\n")


@pytest.mark.parametrize("tag", ["!vaulted", "!vault-x", "!x", "!unsafe", "!!str"])
def test_a_tag_that_is_like_vault_is_none(tag: str) -> None:
    assert found(f"password: {tag} hunter2\n") == ["line 1: password is not encrypted."]


# What looks encrypted already is not encrypted once more.
@given(st.binary(max_size=60).filter(lambda plain: not plain.startswith(b"$ANSIBLE_VAULT")))
def test_what_ansible_vault_encrypted_is_good(plain: bytes) -> None:
    vault = encrypted(plain.decode("latin-1"))
    assert found(vault) == []
    assert found(vault.replace("\n", "\r\n")) == []
    assert found("password: !vault |\n" + textwrap.indent(vault, "  ")) == []
    assert found("password: !vault |\r\n" + textwrap.indent(vault, "  ").replace("\n", "\r\n")) == []
    assert found(f'passwords: [!vault "{vault}"]\n'.replace("\n", "\\n", vault.count("\n"))) == []
    assert found("# password: !vault |\n" + textwrap.indent(vault, "#   ")) == []


# No false alarms


@pytest.mark.parametrize(
    "text",
    [
        "no_log: true\npassword_file: a\nsecret: true\ntoken_url: a\ntoken_ttl: 5\ncompass: a\npassword_length: 20\n",
        "permissions: {id-token: write, contents: read}\n",
        "bloq.cloud.bloq_token: {key: ci, grant: auto}\nbloq.cloud.bloq_request: {token: account}\n",
        "module_defaults: {bloq_token: {key: ci}, a.b.new_password: {length: 20}}\n",
        f"- {'ab' * 20}\n- {'cd' * 20}\n",
        f"sums: |\n  {'ab' * 32}  a\n  {'cd' * 64}  b\n",
        "# The password: ask for it.\n# Tokens: three kinds\n# A token begins with eyJ. That is so.\na: b\n",
        "- name: A_PASSWORD\n  valueFrom: {secretKeyRef: {name: db, key: password}}\n- {name: b, value: c}\n",
        "- {id: password, label: Password, type: string, secret: true}\n",
        "a: http://me@example.com/\nb: 'http://me:{{ c }}@example.com/'\n",
        'run: |\n  export PASSWORD=$A\n  TOKEN=$(b)\n  if [ "$token" = c ]; then\n',
    ],
)
def test_what_only_looks_like_it_is_good(text: str) -> None:
    assert found(text) == []


def _yaml_files() -> list[Path]:
    folders = ("docs", "extensions", "meta", "playbooks", "roles", "tests", "changelogs")
    return sorted(
        path
        for folder in folders
        for pattern in ("*.yml", "*.yaml")
        for path in (COLLECTION / folder).rglob(pattern)
        if not {"output", ".build"} & set(path.relative_to(COLLECTION).parts)
    )


def test_the_collections_own_yaml_raises_no_alarm() -> None:
    files = _yaml_files()
    assert len(files) > 60
    for path in files:
        complained = found(path.read_text(encoding="utf-8"))
        if "tests" in path.relative_to(COLLECTION).parts:
            # Tests make up passwords that are to be refused, and write them into the play.
            complained = [line for line in complained if not re.search(r"(password|secret) is not encrypted\.$", line)]
        assert not complained, path


@pytest.mark.parametrize(
    "block", [block for block in blocks(COLLECTION) if block.language == "yaml"], ids=lambda x: x.place
)
def test_examples_in_the_documentation_raise_no_alarm(block: t.Any) -> None:
    assert found(block.text) == []


# The hook


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        *(
            (name, True)
            for name in ("bloq.yml", "bloq.yaml", "a/bloq.yml", "keys.yml", "bloq_nodes.yml", "my-keys.yaml")
        ),
        *(
            (f"group_vars/{name}", True)
            for name in ("all", "all.yml", "all/bloq", "all/bloq.yml", "a/b/c.yaml", "all.json")
        ),
        *(
            (f"a/host_vars/{name}", True)
            for name in ("web", "web.example.com", "web.example.com.yml", "web.example.com/bloq")
        ),
        *((name, True) for name in ("vars/main", "vars/main.yml", "environments/staging/group_vars/all/bloq.yml")),
        *(
            (name, False)
            for name in ("deploy.yml", "README.md", "group_vars/README.md", "group_vars/all/.gitkeep", "my_vars/a")
        ),
    ],
)
def test_the_hook_is_given_what_holds_variables(path: str, taken: bool) -> None:
    (hook,) = yaml.safe_load((EXAMPLE / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    given_to_it = re.search(hook["files"], path) and not re.search(hook.get("exclude", "^$"), path)
    assert bool(given_to_it) is taken
