"""Pages as parsed: what they say, where they lead, whether their markup is sound."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID = {"br", "hr", "img", "input", "link", "meta"}
REFERS = ("href", "src", "action", "data", "poster", "srcset", "formaction")


@dataclass
class Page(HTMLParser):
    """One page; a fault of its markup ends up in ``faults``."""

    html: str
    faults: list[str] = field(default_factory=list)
    refers: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open_tags]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if len(held) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.tags.append((tag, held))
        self.refers += [value or "" for name, value in attrs if name in REFERS and value is not None and tag != "path"]
        self.faults += [f"<{tag}> has {name}" for name in held if name.startswith("on") or name == "style"]
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open_tags or self.open_tags.pop() != tag:
            self.faults.append(f"</{tag}> closes another element")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.open_tags and self.open_tags[-1] in ("script", "style") and data.strip():
            self.faults.append(f"there is text in <{self.open_tags[-1]}>")

    @property
    def text(self) -> str:
        """All that the page says, with single spaces."""
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def links(self, part: str) -> list[str]:
        """Return where the page leads to, of addresses that contain this."""
        return [address for address in self.refers if part in address]

    def having(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [held for name, held in self.tags if name == tag]


def parsed(html: str) -> Page:
    """Return a page, which must be sound."""
    page = Page(html)
    ids = [held["id"] for _, held in page.tags if "id" in held]
    page.faults += [f"id {one} is there twice" for one in {i for i in ids if ids.count(i) > 1}]
    for _, held in page.tags:
        named = [held.get("aria-labelledby"), held.get("for"), (held.get("href") or "").partition("#")[2]]
        page.faults += [f"there is no id {name}" for name in named if name and name not in ids]
    page.faults += ["a <th> has no scope" for held in page.having("th") if held.get("scope") not in ("col", "row")]
    page.faults += [f"an <svg> has no text: {held}" for held in page.having("svg") if not _told(held)]
    if len(page.having("table")) != len(page.having("caption")):
        page.faults.append("a table has no caption")
    for tag in ("main", "h1", "header", "footer"):
        if len(page.having(tag)) != 1:
            page.faults.append(f"there is not one <{tag}>")
    if page.having("html") != [{"lang": "en"}]:
        page.faults.append("the language is not told")
    page.faults += [f"leads elsewhere: {one}" for one in page.refers if elsewhere(one)]
    assert page.faults == []
    return page


def elsewhere(address: str) -> bool:
    """Return whether an address is not of the server that the page is from."""
    parts = urlsplit(address)
    return bool(parts.scheme or parts.netloc or address.startswith("//"))


def _told(held: dict[str, str | None]) -> bool:
    return held.get("aria-hidden") == "true" or (held.get("role") == "img" and bool(held.get("aria-label")))
