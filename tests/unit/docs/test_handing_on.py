# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No example, guide, role or playbook shows a token as it is printed."""

from __future__ import annotations

import re

import pytest
from ansible_collections.bloq.cloud.tests.tools.example_blocks import blocks
from ansible_collections.bloq.cloud.tests.unit.docs.handing_on import Example, examples, shown, templates_with_secrets
from ansible_collections.bloq.cloud.tests.unit.docs.messages import COLLECTION

_EXAMPLES = examples(COLLECTION)
_TEMPLATES = templates_with_secrets(COLLECTION)

_TOKEN = "{{ lookup('bloq.cloud.bloq_token', 'ci') }}"


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda example: example.place)
def test_nothing_shows_a_token_as_it_is_printed(example: Example) -> None:
    assert shown(example.text, _TEMPLATES) == []


def test_every_example_is_read() -> None:
    texts = {example.text for example in _EXAMPLES}
    run = [block for block in blocks(COLLECTION) if block.language == "yaml"]
    assert len(run) > 30
    assert not [block.place for block in run if block.text not in texts]
    assert {"client.conf.j2", "bitcoin-client.conf.j2"} <= _TEMPLATES
    # What calls a service itself is bloq_request. One guide says how a token is handed to another module all the same.
    handed_on = [example for example in _EXAMPLES if "ansible.builtin.uri" in example.text]
    assert [example.place.rpartition(":")[0] for example in handed_on] == ["docs/docsite/rst/guide_tokens.rst"]
    assert len([example for example in _EXAMPLES if "bloq.cloud.bloq_request" in example.text]) > 8


_URI = "- name: Ask\n  ansible.builtin.uri:\n    url: https://example.com\n"


@pytest.mark.parametrize(
    "text",
    [
        _URI + f'    headers: {{Authorization: "Bearer {_TOKEN}"}}\n',
        _URI + '    headers: "{{ token.headers }}"\n',
        _URI + '    headers: {Authorization: "Bearer {{ token.access_token }}"}\n',
        _URI + "    url_password: \"{{ bloq_nodes['btc-main'].password }}\"\n",
        _URI + '    body: "{{ bloq_client_keys.ci }}"\n',
        _URI + f'    headers: "{{{{ x }}}}"\n  vars:\n    x: Bearer {_TOKEN}\n',
        _URI + '    headers: "{{ token.headers }}"\n  no_log: false\n',
        "- block:\n"
        + _URI.replace("\n", "\n  ").replace("- name", "  - name", 1)
        + '  headers: "{{ token.headers }}"\n',
        f"- name: Get\n  get_url: url=https://example.com/?token={_TOKEN}\n",
        f'- name: Keep\n  ansible.builtin.set_fact:\n    mine: "{_TOKEN}"\n',
        f'- name: Run\n  ansible.builtin.command: deploy\n  environment: {{BLOQ_TOKEN: "{_TOKEN}"}}\n  no_log: true\n',
        f'- hosts: web\n  environment: {{BLOQ_TOKEN: "{_TOKEN}"}}\n  tasks: []\n',
        '- hosts: web\n  environment: {BLOQ_PASSWORD: "{{ bloq_password }}"}\n',
        "- name: Each\n  ansible.builtin.debug:\n    msg: x\n  with_bloq.cloud.bloq_token: [ci, site]\n",
        "- name: Each\n  ansible.builtin.debug:\n    msg: x\n  loop: \"{{ query('bloq.cloud.bloq_token', 'ci') }}\"\n",
        '- name: Each\n  bloq.cloud.bloq_client_key:\n    name: x\n  loop: "{{ bloq_client_keys | dict2items }}"\n',
        "- name: Write\n  ansible.builtin.template:\n    src: client.conf.j2\n    dest: /etc/client.conf\n",
    ],
)
def test_what_would_show_one_is_seen(text: str) -> None:
    assert len(shown(text, _TEMPLATES)) == 1


@pytest.mark.parametrize(
    "text",
    [
        _URI + '    headers: "{{ token.headers }}"\n  no_log: true\n',
        _URI,
        "- name: Ask\n  no_log: true\n  block:\n" + _URI.replace("- name", "    - name").replace("\n  ", "\n      "),
        '- name: Get\n  bloq.cloud.bloq_login:\n    password: "{{ bloq_password }}"\n',
        '- name: Tell\n  debug:\n    msg: "{{ (t.access_token | bloq.cloud.bloq_token_claims).expires_at }}"\n',
        f"mine: Bearer {_TOKEN}\n",
    ],
)
def test_what_shows_none_is_not_complained_of(text: str) -> None:
    assert shown(text, _TEMPLATES) == []


@pytest.mark.parametrize(
    ("file", "patterns"),
    [
        ("README.md", ("syslog", r"2\.20", "no_log: true", "environment:", "loop", "ansible-runner", "until")),
        ("docs/docsite/rst/guide_tokens.rst", ("syslog", r"2\.20", "no_log: true", "query", "ansible-runner", "until")),
        ("docs/docsite/rst/guide_awx.rst", ("ansible-runner", "command", "BLOQ_PASSWORD")),
        ("plugins/lookup/bloq_token.py", ("syslog", r"2\.20", "no_log=true", "until", "loop")),
    ],
)
def test_the_documentation_says_why(file: str, patterns: tuple[str, ...]) -> None:
    text = (COLLECTION / file).read_text(encoding="utf-8")
    for pattern in patterns:
        assert re.search(pattern, text), pattern


def test_no_text_names_the_wrong_version() -> None:
    for path in (
        COLLECTION / "README.md",
        *(COLLECTION / "docs").rglob("*.rst"),
        *(COLLECTION / "plugins").rglob("*.py"),
    ):
        assert not re.search(r"[Uu]p to ansible-core 2\.19", path.read_text(encoding="utf-8")), path
