"""Quantities as people write them, read and written: "14 d", "15 %", "2,000", "1.5B", "unlimited".

Policy files, scenario files and the command line read the same words. Each reader takes what was
given and the name to call it by, and refuses with one sentence that says what it takes. Each
writer's text reads back as the same number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar

from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, ONE_HOUR, ONE_MINUTE

Amount = TypeVar("Amount", int, float)

NUMBER = r"\d+(?:\.\d+)?"
GROUPED = r"\d{1,3}(?:,\d{3})+"
SHARE = re.compile(rf"({NUMBER})\s*(%?)")
COUNTED = r"(?:\s+(?:chats?|groups?|users?|people|members?))?"
COUNT = re.compile(rf"({GROUPED}|{NUMBER})\s*([kKmMbB]?){COUNTED}")
DURATION_PART = re.compile(rf"({NUMBER})\s*([a-z]+)[\s,]*")
UNITS = (("d", ONE_DAY), ("h", ONE_HOUR), ("min", ONE_MINUTE), ("s", 1))
SECONDS_PER_UNIT = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), ONE_MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), ONE_HOUR),
    **dict.fromkeys(("d", "day", "days"), ONE_DAY),
    **dict.fromkeys(("w", "week", "weeks"), 7 * ONE_DAY),
}
MULTIPLES = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
WITHOUT_LIMIT = ("unlimited", "none")

LATENCY = re.compile(rf"({NUMBER})\s*(us|ms|s|min)")
MICROSECONDS_PER_UNIT = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000}
BYTES = re.compile(rf"({NUMBER})\s*(bytes|[kmg]b)")
BYTES_PER_UNIT = {"bytes": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
RATE = re.compile(rf"({GROUPED}|{NUMBER})\s*([kKmM]?)(?:\s*/\s*s)?")

DURATION_TAKES = "it takes a number with a unit, such as 15 s, 20 min, 4 h or 14 d"
SHARE_TAKES = "it takes a share from 0 to 1, or from 0 % to 100 %"
LATENCY_TAKES = "it takes a number with a unit, such as 35 us, 50 ms or 1.5 s"
BYTES_TAKES = "it takes a number with a unit, such as 200 bytes, 4 KB or 1.5 GB"
OFFSET = re.compile(r"([+-])(\d{1,2}):([0-5]\d)")
OFFSET_TAKES = "it takes hours and minutes east of UTC, such as +05:30 or -03:00"
RATE_TAKES = "it takes a number a second, such as 0.5, 2,000 or 10k"
COUNT_TAKES = "it takes a whole number from 0 up, such as 3, 2,000, 200k or 1.5B"


def read_duration(given: object, name: str) -> float:
    """Seconds, 0 or more. A number without a unit is refused, because it could mean anything."""
    seconds = _seconds(given.strip().lower()) if isinstance(given, str) else None
    if seconds is None:
        raise ConfigurationError(_refusal(name, given, DURATION_TAKES))
    return float(seconds)


def read_whole_seconds(given: object, name: str) -> int:
    """A duration that is a whole number of ticks."""
    seconds = read_duration(given, name)
    if not seconds.is_integer():
        takes = "it takes a whole number of seconds, written with a unit, such as 15 s or 2 h"
        raise ConfigurationError(_refusal(name, given, takes))
    return int(seconds)


def _seconds(text: str) -> Fraction | None:
    total, end = Fraction(0), 0
    while end < len(text):
        part = DURATION_PART.match(text, end)
        if part is None or part[2] not in SECONDS_PER_UNIT:
            return None
        total += Fraction(part[1]) * SECONDS_PER_UNIT[part[2]]
        end = part.end()
    return total if end else None


def read_share(given: object, name: str) -> float:
    """A share from 0 to 1, written as 0.15, "0.15" or "15 %"."""
    share = _share(given)
    if share is None or not 0 <= share <= 1:
        raise ConfigurationError(_refusal(name, given, SHARE_TAKES))
    return share


def _share(given: object) -> float | None:
    if isinstance(given, str):
        match = SHARE.fullmatch(given.strip())
        return float(Fraction(match[1]) / (100 if match[2] else 1)) if match else None
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None


def read_count(given: object, name: str) -> int:
    """A whole number from 0 up; k, M and B are thousands, millions and milliards."""
    count = _count(given)
    if count is None:
        raise ConfigurationError(_refusal(name, given, COUNT_TAKES))
    return count


def read_cap(given: object, name: str) -> int | None:
    """As `read_count`, or None for "unlimited"."""
    if isinstance(given, str) and given.strip().lower() in WITHOUT_LIMIT:
        return None
    count = _count(given)
    if count is None:
        raise ConfigurationError(_refusal(name, given, f'{COUNT_TAKES}, or "unlimited"'))
    return count


def _count(given: object) -> int | None:
    if isinstance(given, str):
        match = COUNT.fullmatch(given.strip())
        if match is None:
            return None
        count = Fraction(match[1].replace(",", "")) * MULTIPLES[match[2].lower()]
        return int(count) if count.denominator == 1 else None
    return given if isinstance(given, int) and not isinstance(given, bool) and given >= 0 else None


def read_number(given: object, name: str) -> float:
    """A plain number from 0 up, such as the shape of a law."""
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given < float("inf"):
        return float(given)
    raise ConfigurationError(_refusal(name, given, "it takes a number from 0 up"))


def read_latency(given: object, name: str) -> float:
    """Microseconds, 0 or more. A number without a unit is refused, because it could mean anything."""
    return _with_unit(given, name, LATENCY, MICROSECONDS_PER_UNIT, LATENCY_TAKES)


def read_bytes(given: object, name: str) -> float:
    """Bytes, 0 or more, in decimal units."""
    return _with_unit(given, name, BYTES, BYTES_PER_UNIT, BYTES_TAKES)


def _with_unit(
    given: object, name: str, form: re.Pattern[str], sizes: Mapping[str, int], takes: str
) -> float:
    match = form.fullmatch(given.strip().lower()) if isinstance(given, str) else None
    if match is None:
        raise ConfigurationError(_refusal(name, given, takes))
    return float(Fraction(match[1]) * sizes[match[2]])


def read_rate(given: object, name: str) -> float:
    """How often a second: "0.5", "2,000", "10k/s"."""
    match = RATE.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        raise ConfigurationError(_refusal(name, given, RATE_TAKES))
    return float(Fraction(match[1].replace(",", "")) * MULTIPLES[match[2].lower()])


def read_offset(given: object, name: str) -> int:
    """Seconds east of UTC: "+05:30", "-03:00"."""
    match = OFFSET.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None or int(match[2]) >= 24:
        raise ConfigurationError(_refusal(name, given, OFFSET_TAKES))
    seconds = int(match[2]) * ONE_HOUR + int(match[3]) * ONE_MINUTE
    return -seconds if match[1] == "-" else seconds


def above_zero(read: Callable[[object, str], Amount]) -> Callable[[object, str], Amount]:
    """As `read`, but nothing of it is refused too."""

    def positive(given: object, name: str) -> Amount:
        amount = read(given, name)
        if amount <= 0:
            raise ConfigurationError(_refusal(name, given, "it takes more than 0"))
        return amount

    return positive


def _refusal(name: str, given: object, takes: str) -> str:
    return f"{name} is {given!r}; {takes}"


def duration_text(seconds: float) -> str:
    """Seconds in the largest units that leave no rest: 187,200 -> "2 d 4 h"."""
    rest = Fraction(str(seconds))
    parts = []
    for unit, size in UNITS[:-1]:
        whole, rest = divmod(rest, size)
        if whole:
            parts.append(f"{whole} {unit}")
    if rest or not parts:
        parts.append(f"{_decimal(rest)} s")
    return " ".join(parts)


def offset_text(seconds: int) -> str:
    """Seconds east of UTC as a clock shows them: 19,800 -> "+05:30"."""
    hours, rest = divmod(abs(seconds), ONE_HOUR)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}:{rest // ONE_MINUTE:02d}"


def latency_text(microseconds: float) -> str:
    """Microseconds in the unit that fits, to three figures: 830 -> "830 us", 4,213 -> "4.21 ms"."""
    for unit, size in (("us", 1), ("ms", 1_000)):
        if microseconds < 999.5 * size:
            return f"{microseconds / size:.3g} {unit}"
    seconds = microseconds / 1_000_000
    return f"{seconds:.3g} s" if seconds < 999.5 else f"{seconds:,.0f} s"


def share_text(share: float) -> str:
    """A share as a percentage: 0.15 -> "15 %"."""
    return f"{_decimal(Fraction(str(share)) * 100)} %"


def count_text(count: int | None) -> str:
    """A count with thousands set apart, or "unlimited"."""
    return "unlimited" if count is None else f"{count:,}"


def _decimal(number: Fraction) -> str:
    """`number` in plain decimal digits; exact, because it came from decimal digits."""
    if number.denominator == 1:
        return str(number.numerator)
    places = 1
    while (number * 10**places).denominator != 1:
        places += 1
    digits = str((number * 10**places).numerator).zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}"
