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
    [regions]
    India = "cap-5"

What is left out has no limit. `rule_files` has the tables of rules beyond caps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from chatsim.errors import ConfigurationError
from chatsim.model import HOP_MAX
from chatsim.policy.rule_files import (
    breaker_of,
    education_of,
    friction_of,
    rule_tables,
    takedown_of,
)
from chatsim.policy.values import Local, Policy, Provenance, Tier
from chatsim.tomlfile import (
    Table,
    Written,
    or_none,
    parse_toml,
    read_text,
    read_toml,
    toml_line,
    toml_value,
)
from chatsim.units import read_cap, read_count

SUFFIX = ".toml"
NAME_LENGTH_MAX = 60
UNLIMITED_WORD = "unlimited"
Named = Callable[[str], Policy]
"""Finds the policy of a name, where a region's rules are those of a preset."""


def no_names(name: str) -> Policy:
    """Knows no name: every rule has to be written out."""
    raise ConfigurationError(
        f"there is no policy named {name!r} to refer to; it takes a table of rules"
    )


def read_policy(path: Path, named: Named = no_names) -> Policy:
    """The policy in a TOML file; its name is the file's unless it says another.

    Raises ConfigurationError, naming the file and the key, for whatever cannot be used.
    """
    top = read_toml(path)
    return _policy(top, top.take("name", _name, path.stem), named)


def parse_policy(text: str, where: str, named: Named = no_names) -> Policy:
    """The policy in a TOML text that sentences call `where`, which has to say its name."""
    top = parse_toml(text, where)
    return _policy(top, top.require("name", _name), named)


def _policy(top: Table, name: str, named: Named) -> Policy:
    tiers = tuple(_tier(table, i) for i, table in enumerate(top.tables("tiers")))
    forwarded_from, many_from = _labels(top.table("labels"))
    return top.build(
        Policy,
        name=name,
        title=top.take("title", read_text, name),
        note=top.take("note", read_text, ""),
        provenance=_provenance(top),
        tiers=tiers or (Tier(),),
        cap_person=top.take("cap_person", read_cap, None),
        cap_total=top.take("cap_total", read_cap, None),
        hop_limit=top.take("hop_limit", read_cap, None),
        cap_hour=top.take("cap_hour", read_cap, None),
        group_members_max=top.take("group_members_max", read_cap, None),
        label_forwarded_from=forwarded_from,
        label_many_from=many_from,
        friction=friction_of(top.table("friction")),
        education=education_of(top.table("education")),
        breaker=breaker_of(top.table("breaker")),
        takedown=takedown_of(top.table("takedown")),
        regions=_locals(top, "regions", named),
        cohorts=_locals(top, "cohorts", named),
        untreated=_rules_for(top, "untreated", name, named),
    )


def _provenance(top: Table) -> Provenance | None:
    source, since = top.take("source", or_none(read_text), None), top.take("since", read_text, "")
    return None if source is None else Provenance(source, since or "no day is given")


def _locals(top: Table, key: str, named: Named) -> tuple[Local, ...]:
    """Other rules by region or by cohort: a policy's name, or a table of rules."""
    table = top.table(key)
    if table is None:
        return ()
    found = []
    for place in table.unread():
        policy = _rules_for(table, place, place, named)
        assert policy is not None
        found.append(Local(place, policy))
    table.finish()
    return tuple(found)


def _rules_for(table: Table, key: str, name: str, named: Named) -> Policy | None:
    if table.holds_text(key):
        where, text = table.name(key), table.require(key, read_text)
        try:
            return named(text)
        except ConfigurationError as error:
            raise ConfigurationError(f"{where}: {error}") from error
    rules = table.table(key)
    return None if rules is None else _policy(rules, rules.take("name", _name, name), named)


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
    return "\n".join(_written(policy, "")) + "\n"


def _written(policy: Policy, prefix: str) -> list[str]:
    """The lines of one policy; `prefix` are the tables that it stands in, each with its dot."""
    rules: dict[str, int | None] = {
        "cap_person": policy.cap_person,
        "cap_total": policy.cap_total,
        "cap_hour": policy.cap_hour,
        "hop_limit": policy.hop_limit,
        "group_members_max": policy.group_members_max,
    }
    texts = {"name": policy.name, "title": policy.title, "note": policy.note}
    lines = [
        *_lines([(key, text) for key, text in texts.items() if text]),
        *_lines([(key, _or(cap, UNLIMITED_WORD)) for key, cap in rules.items()]),
    ]
    for tier in policy.tiers:
        chats, groups = _or(tier.chats, UNLIMITED_WORD), _or(tier.groups, UNLIMITED_WORD)
        lines += ["", f"[[{prefix}tiers]]"]
        lines += _lines([("from_hop", tier.from_hop), ("chats", chats), ("groups", groups)])
    forwarded, many = policy.label_forwarded_from, policy.label_many_from
    labels = [("forwarded_from", _or(forwarded, "none")), ("many_from", _or(many, "none"))]
    beyond = rule_tables(policy.friction, policy.education, policy.breaker, policy.takedown)
    for name, written in (("labels", labels), *beyond):
        lines += ["", f"[{prefix}{name}]", *_lines(written)]
    for key, locals_ in (("regions", policy.regions), ("cohorts", policy.cohorts)):
        for local in locals_:
            place = f"{prefix}{key}.{toml_value(local.name)}"
            lines += ["", f"[{place}]", *_written(local.policy, f"{place}.")]
    if policy.untreated is not None:
        place = f"{prefix}untreated"
        lines += ["", f"[{place}]", *_written(policy.untreated, f"{place}.")]
    return lines


def _lines(written: Sequence[tuple[str, Written]]) -> list[str]:
    return [toml_line(key, value) for key, value in written]


def _or(value: int | None, word: str) -> int | str:
    return word if value is None else value
