"""The checks of the other tests see the faults that they are for."""

import pytest

from tests.pages.markup import parsed

SOUND = (
    '<!doctype html><html lang="en"><head><title>a</title></head><body><header></header>'
    '<main id="m"><h1>a</h1>{}</main><footer></footer></body></html>'
)


def test_a_sound_page_is_sound() -> None:
    assert parsed(SOUND.format('<p>a &lt;b&gt;<br></p><a href="/here#m">c</a>')).text == "a a a <b> c"


@pytest.mark.parametrize(
    "fault",
    [
        "<p>",
        "<p><em>a</p></em>",
        "</p>",
        '<a href="https://example.com/">a</a>',
        '<img src="//example.com/a.png" alt="">',
        '<link rel="stylesheet" href="http://example.com/a.css">',
        "<script>alert(1)</script>",
        "<style>p { color: red }</style>",
        '<p onclick="a()">a</p>',
        '<p style="color: red">a</p>',
        "<table><tr><td>a</td></tr></table>",
        "<table><caption>a</caption><tr><th>a</th></tr></table>",
        '<p id="a"></p><p id="a"></p>',
        '<section aria-labelledby="nowhere"></section>',
        '<a href="#nowhere">a</a>',
        "<svg></svg>",
        "<h1>b</h1>",
    ],
)
def test_a_fault_is_seen(fault: str) -> None:
    with pytest.raises(AssertionError):
        parsed(SOUND.format(fault))
