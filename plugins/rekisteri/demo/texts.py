"""Free texts: filled templates, some with the person's own name, phone or mail address, a few with a hetu."""

import random
from functools import cache
from typing import Any

from rekisteri.demo import identifiers
from rekisteri.demo.customers import Customer
from rekisteri.demo.people import Person
from rekisteri.demo.rows import Planted
from rekisteri.demo.words import words


def filled(template: str, customer: Customer, who: Person, rng: random.Random, planted: Planted) -> str:
    """Return a template with its places filled.

    Args:
        template: text with places such as ``{name}``.
        customer: whose text it is.
        who: the person it speaks of.
        rng: chooses product and model.
        planted: where the personal values are noted.
    """
    if "{" not in template:
        return template
    texts = words("texts")
    return template.format(
        name=planted.name(who.name),
        first=who.first,
        email=planted.email(who.email),
        phone=planted.phone(identifiers.national(who.phone)),
        company=customer.name,
        product=rng.choice(texts["products"]),
        model=rng.choice(texts["models"]),
    )


def with_hetu(who: Person, form: int, planted: Planted) -> str:
    """Return a text that holds the person's hetu once.

    Args:
        who: whose.
        form: how it is typed; see :func:`identifiers.disguised`.
        planted: where it is noted, plain and as typed.
    """
    templates = words("texts")["hetu"]
    typed = planted.hetu(identifiers.disguised(planted.hetu(who.hetu), form))
    return str(templates[form % len(templates)]).format(hetu=typed)


@cache
def edge_texts() -> tuple[str, ...]:
    """Return the texts that break naive pipelines; the last is the large one."""
    found: dict[str, Any] = words("edge_texts")
    line, size = found["large"]["line"], found["large"]["characters"]
    return (*found["texts"], (line * (size // len(line) + 1))[:size])
