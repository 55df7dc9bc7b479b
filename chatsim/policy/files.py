"""A user's own policies as TOML files.

    name = "five-then-two"
    hop_limit = "unlimited"
    [[tiers]]
    chats = 5
    [[tiers]]
    from_hop = 3
    chats = 2
    groups = 1
    [labels]
    forwarded_from = 1

What is left out has no limit. Rules that are planned and not built are refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chatsim.errors import ConfigurationError
from chatsim.model import HOP_MAX
from chatsim.policy.values import Policy, Tier
from chatsim.tomlfile import (
    Table,
    Written,
    or_none,
    parse_toml,
    read_text,
    read_toml,
    toml_line,
)
from chatsim.units import read_cap, read_count

SUFFIX = ".toml"
NAME_LENGTH_MAX = 60
UNLIMITED_WORD = "unlimited"
PLANNED = (
    "per_hour",
    "regions",
    "cohorts",
    "friction",
    "prompt",
    "delay",
    "education",
    "circuit_breaker",
    "breaker",
    "region",
    "cohort",
    "hourly",
    "caps_hourly",
    "cap_per_hour",
    "complaints",
    "takedown",
)
"""Keys of rules that are planned and not built."""


def read_policy(path: Path) -> Policy:
    """The policy in a TOML file; its name is the file's unless it says another.

    Raises ConfigurationError, naming the file and the key, for whatever cannot be used.
    """
    top = read_toml(path, PLANNED)
    return _policy(top, top.take("name", _name, path.stem))


def parse_policy(text: str, where: str) -> Policy:
    """The policy in a TOML text that sentences call `where`, which has to say its name."""
    top = parse_toml(text, where, PLANNED)
    return _policy(top, top.require("name", _name))


def _policy(top: Table, name: str) -> Policy:
    tiers = tuple(_tier(table, i) for i, table in enumerate(top.tables("tiers")))
    forwarded_from, many_from = _labels(top.table("labels"))
    return top.build(
        Policy,
        name=name,
        title=top.take("title", read_text, name),
        note=top.take("note", read_text, ""),
        tiers=tiers or (Tier(),),
        cap_person=top.take("cap_person", read_cap, None),
        cap_total=top.take("cap_total", read_cap, None),
        hop_limit=top.take("hop_limit", read_cap, None),
        group_members_max=top.take("group_members_max", read_cap, None),
        label_forwarded_from=forwarded_from,
        label_many_from=many_from,
    )


def _name(given: object, name: str) -> str:
    text = read_text(given, name)
    if text.isprintable() and len(text) <= NAME_LENGTH_MAX:
        return text
    takes = f"it takes one line of at most {NAME_LENGTH_MAX} characters"
    raise ConfigurationError(f"{name} is {text!r}; {takes}")


def _tier(table: Table, number: int) -> Tier:
    first = number == 0
    start = (
        table.take("from_hop", read_count, 0) if first else table.require("from_hop", read_count)
    )
    return table.build(
        Tier,
        from_hop=start,
        chats=table.take("chats", read_cap, None),
        groups=table.take("groups", read_cap, None),
    )


def _labels(table: Table | None) -> tuple[int | None, int | None]:
    if table is None:
        return None, None
    hop = or_none(_label_hop)
    forwarded, many = table.take("forwarded_from", hop, None), table.take("many_from", hop, None)
    table.finish()
    if forwarded is not None and many is not None and many < forwarded:
        takes = f"it takes forwarded_from, which is {forwarded}, or more"
        raise ConfigurationError(f"{table.name('many_from')} is {many}; {takes}")
    return forwarded, many


def _label_hop(given: object, name: str) -> int:
    """From 1 on, because an original carries no label."""
    hop = read_count(given, name)
    if 1 <= hop <= HOP_MAX:
        return hop
    raise ConfigurationError(f"{name} is {hop}; it takes a number of forwards from 1 to {HOP_MAX}")


def dump_policy(policy: Policy) -> str:
    """The policy as TOML with every rule written out; `read_policy` gives it back without provenance."""
    rules: dict[str, int | None] = {
        "cap_person": policy.cap_person,
        "cap_total": policy.cap_total,
        "hop_limit": policy.hop_limit,
        "group_members_max": policy.group_members_max,
    }
    texts = {"name": policy.name, "title": policy.title, "note": policy.note}
    lines = [
        *_lines({key: text for key, text in texts.items() if text}),
        *_lines({key: _or(cap, UNLIMITED_WORD) for key, cap in rules.items()}),
    ]
    for tier in policy.tiers:
        chats, groups = _or(tier.chats, UNLIMITED_WORD), _or(tier.groups, UNLIMITED_WORD)
        lines += ["", "[[tiers]]"]
        lines += _lines({"from_hop": tier.from_hop, "chats": chats, "groups": groups})
    forwarded, many = policy.label_forwarded_from, policy.label_many_from
    lines += ["", "[labels]"]
    lines += _lines({"forwarded_from": _or(forwarded, "none"), "many_from": _or(many, "none")})
    return "\n".join(lines) + "\n"


def _lines(written: Mapping[str, Written]) -> list[str]:
    return [toml_line(key, value) for key, value in written.items()]


def _or(value: int | None, word: str) -> int | str:
    return word if value is None else value
