"""The twelve groups of data of the register description (27.10.2023), by number."""

NAMES = {
    1: "a user's name",
    2: "a user's e-mail address",
    3: "a user's phone number",
    4: "customer or user id",
    5: "a customer company's contact person",
    6: "relationship and contract",
    7: "customer history",
    8: "marketing permissions and prohibitions",
    9: "recordings and communication",
    10: "billing and debt collection",
    11: "what a person gave, feedback",
    12: "derived profile",
}


def name(group: int) -> str:
    """Return a group's name with its number, such as ``9 recordings and communication``."""
    return f"{group} {NAMES[group]}" if group in NAMES else str(group)
