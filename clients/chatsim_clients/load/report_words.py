"""A load in sentences: what the server carried, and whether anything was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement
from chatsim.policy.presets import resolve
from chatsim.report.words import byte_count, listed
from chatsim.study.sentences import counted
from chatsim.units import duration_text, latency_text, share_text
from chatsim_clients.load import lateness
from chatsim_clients.load.percentiles import percentiles
from chatsim_clients.load.quantities import peak, rate_text
from chatsim_clients.load.result import Accounts, LoadResult, Measure

UNKNOWN = "unknown"
_COUNTED = {
    Enforcement.CLIENT: "forwards counted by people's apps",
    Enforcement.RECEIPT: "forwards counted by permits",
}
"""The policy of a server that somebody else started and said nothing of."""


def title(result: LoadResult) -> str:
    """The finding in a few words."""
    accounts = result.accounts
    carried = f"{rate_text(result.delivered_rate)} deliveries a second"
    found = percentiles(result.histograms[Measure.DELIVERY]) if _delivered(result) else None
    within = f"99 % within {latency_text(found.p99)}" if found else "nothing measured"
    missing = []
    if accounts.lost:
        missing.append(f"{accounts.lost:,} of {accounts.expected:,} lost")
    if accounts.unsent:
        missing.append(f"{accounts.unsent:,} never sent")
    if missing:
        return f"{carried}, {within}, and {listed(missing)}"
    return f"{carried}, {within}, nothing lost"


def _delivered(result: LoadResult) -> bool:
    histogram = result.histograms.get(Measure.DELIVERY)
    return histogram is not None and bool(histogram.get_total_count())


def setting(result: LoadResult) -> str:
    """What was asked of the server, in a sentence."""
    users, policy = users_words(result.plan), policy_title(result.plan)
    length = duration_text(round(result.measured_seconds, 1))
    return (
        workload_words(result.plan)
        + (f" from {users}" if users else "")
        + f", measured for {length}"
        + (f" under the policy “{policy}”" if policy else "")
        + (f", {counted_by}" if (counted_by := _COUNTED.get(enforced(result.plan))) else "")
        + (", bodies sealed" if is_sealed(result.plan) else "")
    )


def enforced(plan: Mapping[str, Any]) -> Enforcement:
    """Who counted forwards."""
    scenario = plan.get("scenario")
    told = plan.get("enforcement")
    if told is None and isinstance(scenario, Mapping):
        told = scenario.get("enforcement")
    return Enforcement(told or "clear")


def is_sealed(plan: Mapping[str, Any]) -> bool:
    """Whether bodies were sealed between users, so that sealing and opening are in the load's own work."""
    scenario = plan.get("scenario")
    return bool(plan.get("e2ee")) or (isinstance(scenario, Mapping) and bool(scenario.get("e2ee")))


def workload_words(plan: Mapping[str, Any]) -> str:
    """The workload of a plan: "an open workload of 500 messages a second (Poisson)"."""
    match plan.get("workload"):
        case {"rate": rate, "burstiness": burstiness}:
            law = f"bursty, B = {burstiness:g}" if burstiness else "Poisson"
            return f"An open workload of {rate_text(rate)} messages a second ({law})"
        case {"window": window}:
            return f"A closed workload, {counted(window, 'message')} of each user in flight"
        case {"path": path, "speed": speed}:
            return f"The messages of {str(path).rpartition('/')[2]}, {speed:,g} times as fast"
        case _:
            return "A load"


def users_words(plan: Mapping[str, Any]) -> str:
    """Who sends: "1,000 users"."""
    users, scenario = plan.get("users"), plan.get("scenario")
    if users is not None:
        return f"{users:,} users"
    return "the people of a scenario" if scenario is not None else ""


def policy_name(plan: Mapping[str, Any]) -> str | None:
    """The policy of the server, where the plan knows it."""
    name = plan.get("policy")
    return name if isinstance(name, str) and name != UNKNOWN else None


def policy_title(plan: Mapping[str, Any]) -> str | None:
    """Its name as people know it; as given where it is no preset or its file is gone."""
    name = policy_name(plan)
    if name is None:
        return None
    try:
        policy = resolve(name)
    except ConfigurationError:
        return name
    return policy.title or policy.name


def answer(result: LoadResult) -> tuple[str, ...]:
    """The sentences of the first page."""
    return tuple(
        each
        for each in (_carried(result), fate(result.accounts), _speed(result), _cost(result))
        if each
    )


def _carried(result: LoadResult) -> str:
    most = peak(result)
    peak_words = f", and at most {most.delivered:,} in one second" if most else ""
    return (
        f"The server was offered {rate_text(result.offered_rate)} messages a second and delivered "
        f"{rate_text(result.delivered_rate)} copies a second{peak_words}."
    )


def fate(accounts: Accounts) -> str:
    """What became of what was to be delivered, and of what was refused."""
    expected = counted(accounts.expected, "copy").replace("copys", "copies")
    if not accounts.expected:
        words = f"No delivery was due{_unsent(accounts)}."
    elif accounts.lost:
        share = share_text(float(f"{accounts.lost / accounts.expected:.2g}"))
        words = f"Of {expected} due, {accounts.lost:,} ({share}) were lost{_unsent(accounts)}."
    elif accounts.unsent:
        words = f"All {expected} due arrived{_unsent(accounts)}."
    else:
        words = f"All {expected} due arrived: nothing was lost."
    wrong = [
        f"{number:,} came {how}"
        for number, how in ((accounts.duplicated, "twice"), (accounts.reordered, "out of order"))
        if number
    ]
    if wrong:
        words += f" {listed(wrong)}."
    elif accounts.delivered:
        words += f" Each{' that arrived' if accounts.lost else ''} came once and in order."
    return words + _unwanted(accounts)


def _unsent(accounts: Accounts) -> str:
    """What is in no account of copies, because no server has heard of it."""
    if not accounts.unsent:
        return ""
    if accounts.unsent == 1:
        return ", but 1 message never left its device because its session was over or a verdict missing"
    return (
        f", but {accounts.unsent:,} messages never left their devices because sessions were over or "
        "verdicts missing"
    )


def _unwanted(accounts: Accounts) -> str:
    words = ""
    if accounts.refused:
        reasons = [
            f"{number:,} ({reason})" for reason, number in accounts.refused.items() if number
        ]
        if reasons:
            words += f" Refused: {listed(reasons)}."
    if accounts.unanswered:
        words += f" {counted(accounts.unanswered, 'message')} had no verdict when the drain ended."
    return words


def _speed(result: LoadResult) -> str:
    if not _delivered(result):
        return ""
    found = percentiles(result.histograms[Measure.DELIVERY])
    return (
        f"From the intended send time, half of the deliveries took at most {latency_text(found.p50)}, "
        f"99 % at most {latency_text(found.p99)}{lateness.of_whole(result)}, and the slowest "
        f"{latency_text(found.max)}."
    )


def _cost(result: LoadResult) -> str:
    if result.server_cpu_per_delivery is None:
        return ""
    memory = (
        ""
        if result.server_bytes_peak is None
        else f" and at most {byte_count(result.server_bytes_peak)} of memory"
    )
    return f"The server used {latency_text(result.server_cpu_per_delivery)} of processor time for a delivery{memory}."
