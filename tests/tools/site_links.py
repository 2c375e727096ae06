# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that every link within the built documentation site leads somewhere: the page, and the place in it."""

from __future__ import annotations

import sys
import typing as t
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from collection_tree import BUILD

SITE = BUILD / "docs" / "html"


class Page(HTMLParser):
    """A page's anchors and links.

    Attributes:
        anchors: the places in the page that a link can name.
        links: what the page links to and loads, as it is written there.
        unnamed: the images without a text for those who cannot see them.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.unnamed: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag."""
        values = {name: value or "" for name, value in attrs}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        self.links += [values[name] for name in ("href", "src") if values.get(name)]
        if tag == "img" and not values.get("alt"):
            self.unnamed.append(values.get("src", "an image"))


def problems(site: Path) -> t.Iterator[str]:
    """Yield what is wrong with the pages in a folder."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        yield f"There are no pages in {site}. Build them with: make docs"
    for path, page in pages.items():
        name = path.relative_to(site)
        for image in page.unnamed:
            yield f"{name}: {image} has no text"
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                yield f"{name}: there is no {link}"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{name}: there is no such place as {link}"


def main() -> int:
    """Run the check and return the exit code."""
    found = sorted(set(problems(SITE)))
    print(*found, sep="\n")
    print(f"{len(found)} broken links in {len(list(SITE.rglob('*.html')))} pages.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
