# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the site; build.py runs it."""

from __future__ import annotations

import html
import re
import tempfile
import typing as t
import zlib
from pathlib import Path

from docutils import nodes

_SITE = Path(__file__).resolve().parent
_INDEX = "collections/bloq/cloud/index"
_ANSIBLE = "https://docs.ansible.com/projects/ansible/latest/"

#: Ansible's own pages that ours link to: what to link to, and where it is. So no inventory need be fetched.
_ANSIBLE_LABELS = {
    "action_plugins": "plugins/action.html",
    "callback_plugins": "plugins/callback.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "list_of_collections": "collections/index.html",
}
_ANSIBLE_PLUGINS = (
    "debug_module",
    "file_lookup",
    "include_vars_module",
    "set_fact_module",
    "set_stats_module",
    "template_module",
    "uri_module",
)

project = "bloq.cloud"
copyright = "bloq.cloud contributors"
title = html_title = html_short_title = "bloq.cloud"

extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
antsibull_ext_color_scheme = "none"
default_role = "any"
nitpicky = True
highlight_language = "YAML+Jinja"
pygments_style = "friendly"
pygments_dark_style = "github-dark"

html_theme = "furo"
html_static_path = [str(_SITE / "_static")]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options = {"navigation_with_keys": True}


def _inventory() -> str:
    """Write what intersphinx would fetch, and return the file's path."""
    labels = dict(_ANSIBLE_LABELS)
    for name in _ANSIBLE_PLUGINS:
        labels[f"ansible_collections.ansible.builtin.{name}"] = f"collections/ansible/builtin/{name}.html"
    lines = [f"{label} std:label -1 {page} {label}" for label, page in labels.items()]
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version:\n# The remainder is compressed using zlib.\n"
    path = Path(tempfile.mkdtemp()) / "objects.inv"
    path.write_bytes(head.encode() + zlib.compress("\n".join([*lines, ""]).encode()))
    return str(path)


intersphinx_mapping = {"ansible": (_ANSIBLE, _inventory())}


def _inline_diagrams(app: t.Any, doctree: nodes.document, _name: str) -> None:
    """Put SVG files into the page itself, where they take part in the page's light or dark colours."""
    for image in list(doctree.findall(nodes.image)):
        if image["uri"].endswith(".svg"):
            text = (Path(app.srcdir) / image["uri"]).read_text(encoding="utf-8")
            svg = text[text.index("<svg") :]
            label = html.escape(image.get("alt", ""))
            image.replace_self(
                nodes.raw("", f'<div class="diagram" role="img" aria-label="{label}">{svg}</div>', format="html")
            )


def _without_contents(_app: t.Any, doctree: nodes.document) -> None:
    """Drop tables of contents within pages: the theme has one beside each page."""
    for topic in list(doctree.findall(nodes.topic)):
        if "contents" in topic["classes"]:
            topic.parent.remove(topic)
            for heading in doctree.findall(nodes.title):
                # It led back to the table.
                heading.attributes.pop("refid", None)


def _short_index(_app: t.Any, docname: str, source: list[str]) -> None:
    """Leave the guides to our own map, and give the entries of the collection's index short names."""
    if docname == _INDEX:
        text = re.sub(r"^Guides\n-+\n.*?(?=^\.\. _plugin_index)", "", source[0], flags=re.DOTALL | re.MULTILINE)
        source[0] = re.sub(
            r"^    (\w+)_(module|filter|lookup|test|role)$", r"    \1 \2 <\1_\2>", text, flags=re.MULTILINE
        )


def setup(app: t.Any) -> None:
    """Add the site's own steps."""
    app.connect("source-read", _short_index)
    app.connect("doctree-read", _without_contents)
    app.connect("doctree-resolved", _inline_diagrams)


# Ansible's own, of the caches that an inventory can have and of the callbacks; they are not documented here.
nitpick_ignore_regex = [("envvar", r"ANSIBLE_CACHE_PLUGIN.*|ANSIBLE_CALLBACKS_ENABLED")]
