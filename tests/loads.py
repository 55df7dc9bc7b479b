"""Load results for the tests of whatever shows, keeps or judges them: a made-up server, the same on every machine."""

from __future__ import annotations

import math

from attrs import evolve

from chatsim_clients.load.result import Accounts, LoadResult, Measure, Second, new_histogram

PLAN = {
    "workload": {"rate": 500.0, "burstiness": 0.0},
    "users": 1_000,
    "stages": [
        {"seconds": 20.0, "factor": 1.0, "name": "steady"},
        {"seconds": 10.0, "factor": 2.0, "name": "double"},
    ],
    "warm_up_seconds": 3.0,
    "drain_seconds": 30.0,
    "spawn": {"policy": "uncapped"},
    "workers": 1,
    "seed": 1,
    "command": "chatsim load --spawn --rate 500 --stage 20s --stage 10s@2x:double --out run",
}


def histogram(count: int, median: float, sigma: float):
    """Latencies at the quantiles of a lognormal law: no draw, so that equal calls are equal."""
    made = new_histogram()
    for i in range(count):
        share = (i + 0.5) / count
        # The logistic law's quantiles are close to the normal law's, and have a formula.
        made.record_value(
            max(1, round(median * math.exp(sigma * math.log(share / (1 - share)) / 1.7)))
        )
    return made


def seconds_of(rate: float, *, burst: float = 0.0, slow: float = 1.0) -> tuple[Second, ...]:
    """3 s of warm-up, 20 s at the rate, 10 s at twice the rate, 2 s of drain; a burst from second 14 on."""
    made = []
    for number in range(-2, 36):
        stage, factor = stage_at(number)
        more = burst * math.exp(-(((number - 17) / 2.5) ** 2)) if 10 < number < 30 else 0.0
        offered = round(rate * factor * (1 + 0.06 * math.sin(2.3 * number)) + more)
        busy = offered / (2 * rate)
        made.append(
            Second(
                second=number,
                stage=stage,
                sessions=min(1_000, 500 * (number + 3)),
                offered=offered,
                sent=offered,
                accepted=offered - offered // 50,
                refused=offered // 50,
                delivered=round(offered * 0.98),
                unanswered=3 if offered else 0,
                acknowledgement_p50=round(400 * slow * (1 + busy)) if offered else 0,
                acknowledgement_p99=round(1_800 * slow * (1 + 3 * busy**3)) if offered else 0,
                delivery_p50=round(600 * slow * (1 + busy)) if offered else 0,
                delivery_p99=round(2_400 * slow * (1 + 3 * busy**3)) if offered else 0,
                server_cpu=min(1.0, 0.000035 * offered),
                server_bytes=60_000_000 + 400_000 * max(0, number),
                generator_cpu=min(1.0, 0.00004 * offered + 0.05),
                generator_lag_ms=0.3 + 0.5 * busy,
            )
        )
    return tuple(made)


def stage_at(number: int) -> tuple[str, float]:
    """The stage of a second and its factor."""
    if number < 0:
        return "login", 0.0
    if number < 3:
        return "warm-up", 1.0
    if number < 23:
        return "steady", 1.0
    return ("double", 2.0) if number < 33 else ("drain", 0.0)


def load_result(
    *, rate: float = 500.0, burst: float = 0.0, slow: float = 1.0, **changed
) -> LoadResult:
    """A run that lost nothing."""
    seconds = seconds_of(rate, burst=burst, slow=slow)
    sent = sum(each.sent for each in seconds)
    refused = sum(each.refused for each in seconds)
    result = LoadResult(
        plan=PLAN,
        machine="Some CPU, 2 cores, 8 GiB, Python 3.11.9",
        began="2026-03-01T12:00:00+00:00",
        measured_seconds=30.0,
        offered_rate=rate * 4 / 3,
        delivered_rate=rate * 4 / 3 * (sent - refused) / sent,
        seconds=seconds,
        histograms={
            Measure.ACKNOWLEDGEMENT: histogram(3_000, 500 * slow, 0.4),
            Measure.DELIVERY: histogram(3_000, 800 * slow, 0.5),
            Measure.READ_NOTICE: new_histogram(),
            Measure.OFFLINE: histogram(200, 30_000 * slow, 0.6),
        },
        accounts=Accounts(
            sent=sent,
            accepted=sent - refused,
            refused={"chats per action": refused},
            unanswered=0,
            expected=sent - refused,
            delivered=sent - refused,
            lost=0,
            duplicated=0,
            reordered=0,
        ),
        server_cpu_per_delivery=34.6,
        server_bytes_peak=72_000_000,
        warnings=(),
    )
    return evolve(result, **changed)


def losing(result: LoadResult, lost: int = 12) -> LoadResult:
    """The same, but so many deliveries never arrived."""
    accounts = evolve(
        result.accounts, lost=lost, delivered=result.accounts.expected - lost, reordered=2
    )
    return evolve(result, accounts=accounts)
