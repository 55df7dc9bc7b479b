"""Parts of a load as one writes them in an option: stages, mixes, body sizes, storms, bursts, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatsim.errors import ConfigurationError
from chatsim.units import above_zero, read_bytes, read_count, read_duration, read_number, read_share
from chatsim_clients.load.parts import (
    BodySize,
    Burst,
    FixedBody,
    GroupShare,
    ListedBody,
    LognormalBody,
    Mix,
    Stage,
    Storm,
)

ADDRESS_TAKES = "it takes a host and a port, such as 127.0.0.1:7474 or [::1]:7474"
STAGE = re.compile(
    r"(?P<length>[^@:]+)(?:@(?P<factor>\d+(?:\.\d+)?)x)?(?::(?P<name>[\w -]{1,40}))?"
)
STAGE_TAKES = "it takes a length, a factor and a name, such as 30s, 30s@2x or 30s@2x:evening"
MIX_TAKES = (
    "it takes shares of messages or users set apart by commas: groups=30%, groups:10-50=20%, "
    "forwards=10%, notices=5%, offline=10%"
)
GROUP_SIZES = re.compile(r"groups:(\d+)-(\d+)")
STORM = re.compile(r"(?P<share>[^@]+)@(?P<at>[^/]+)(?:/(?P<within>.+))?")
STORM_TAKES = "it takes a share, a time and how soon they are back, such as 30%@20s or 30%@20s/5s"
BODY_TAKES = "it takes a size (200, 4 KB), several (100,200,4000) or a law (lognormal:200:1.0)"
ARRIVALS = re.compile(r"poisson|bursty(?::(?P<burstiness>0?\.\d+))?")
BURSTY = 0.57
"""Of short messages (Sapiezynski et al. 2019)."""


def _refused(option: str, given: str, takes: str) -> ConfigurationError:
    return ConfigurationError(f"{option} is {given!r}; {takes}")


def address(text: str) -> tuple[str, int]:
    """A host and its port."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise _refused("--connect", text, ADDRESS_TAKES)
    return host.strip("[]"), int(port)


def stage(text: str) -> Stage:
    """A stage: how long, how many times the rate, and its name."""
    match = STAGE.fullmatch(text.strip())
    if match is None:
        raise _refused("--stage", text, STAGE_TAKES)
    factor = float(match["factor"] or 1.0)
    seconds = above_zero(read_duration)(match["length"].strip(), "--stage")
    return Stage(
        seconds, factor, match["name"] or (f"{factor:g}x" if match["factor"] else "steady")
    )


def mix(text: str) -> Mix:
    """Who writes to whom, and what."""
    groups: list[GroupShare] = []
    shares: dict[str, float] = {}
    for name, share in _pairs(text):
        sizes = GROUP_SIZES.fullmatch(name)
        if sizes is not None:
            groups.append(GroupShare(share, int(sizes[1]), int(sizes[2])))
        elif name == "groups":
            groups.append(GroupShare(share))
        elif name in {"forwards", "notices", "offline"} and name not in shares:
            shares[name] = share
        else:
            raise _refused("--mix", text, MIX_TAKES)
    return Mix(groups=tuple(groups), **shares)


def _pairs(text: str) -> Iterator[tuple[str, float]]:
    for part in text.split(","):
        name, equals, share = part.partition("=")
        if not equals:
            raise _refused("--mix", text, MIX_TAKES)
        yield name.strip(), read_share(share.strip(), f"--mix {name.strip()}")


def storm(text: str) -> Storm:
    """A share of all sessions that is lost at once."""
    match = STORM.fullmatch(text.strip())
    if match is None:
        raise _refused("--storm", text, STORM_TAKES)
    share = read_share(match["share"].strip(), "--storm")
    at = read_duration(match["at"].strip(), "--storm")
    if match["within"] is None:
        return Storm(at, share)
    return Storm(at, share, above_zero(read_duration)(match["within"].strip(), "--storm"))


def burst(text: str) -> Burst:
    """When people begin to spread what they have, and how many start."""
    at, colon, originators = text.partition(":")
    seconds = read_duration(at, "--burst")
    return Burst(seconds, read_count(originators, "--burst") if colon else None)


def body(text: str) -> BodySize:
    """The sizes of bodies in bytes."""
    law, *rest = text.split(":")
    if law.strip() == "lognormal":
        if len(rest) != 2:
            raise _refused("--body", text, BODY_TAKES)
        return LognormalBody(_size(rest[0], text), _number(rest[1], text))
    sizes = tuple(_size(part, text) for part in text.split(","))
    return FixedBody(sizes[0]) if len(sizes) == 1 else ListedBody(sizes)


def _size(part: str, whole: str) -> int:
    try:
        return read_count(part.strip(), "--body")
    except ConfigurationError:
        try:
            return round(read_bytes(part, "--body"))
        except ConfigurationError:
            raise _refused("--body", whole, BODY_TAKES) from None


def _number(part: str, whole: str) -> float:
    try:
        return read_number(float(part), "--body")
    except (ValueError, ConfigurationError):
        raise _refused("--body", whole, BODY_TAKES) from None


def burstiness(text: str) -> float:
    """Of the gaps between the messages of one user: 0 is Poisson."""
    match = ARRIVALS.fullmatch(text.strip().lower())
    if match is None:
        raise _refused("--arrivals", text, "it takes poisson, bursty or bursty:0.68")
    if text.strip().lower() == "poisson":
        return 0.0
    return float(match["burstiness"] or BURSTY)
