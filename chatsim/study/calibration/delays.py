"""How long people take to reply, as a lognormal law: what is known of how long they take to read.

A *reply* to a message from a to b is the first message from b to a after the oldest one that b has not answered. What
has no reply within the window, or by the end of the data, is censored on the right. Many messages ask for none, so a
share of them is let to be never answered (a cure model: Boag, J. R. Statist. Soc. B 11, 1949): without that, every
message that closes a conversation would count as a slow reply.
"""

from __future__ import annotations

import math

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr

Column = NDArray[np.int64]
Figures = NDArray[np.float64]
DELAY_SECONDS_MIN = 1.0
"""Times are written in whole seconds."""


@frozen(eq=False)
class Replies:
    """One row per message that waits for a reply, with what became of it within the window."""

    person: Column
    """Who was to reply."""
    seconds: Figures
    """Until the reply, or until nobody looked any more."""
    answered: NDArray[np.bool_]


@frozen
class Lognormal:
    """A fitted law of replies."""

    median_seconds: float
    sigma: float
    answering: float
    """The share of messages that are ever answered."""

    def answered_by(self, seconds: Figures) -> Figures:
        """The share of messages answered by then."""
        found: Figures = self.answering * ndtr(
            (np.log(seconds) - math.log(self.median_seconds)) / self.sigma
        )
        return found


def replies(sender: Column, recipient: Column, second: Column, window_seconds: float) -> Replies:
    """What became of every message that opened a wait; messages are ordered by their second."""
    waiting: dict[tuple[int, int], int] = {}
    person, seconds, answered = [], [], []
    for a, b, at in zip(sender.tolist(), recipient.tolist(), second.tolist(), strict=True):
        since = waiting.pop((b, a), None)
        if since is not None:
            person.append(a)
            seconds.append(float(min(at - since, window_seconds)))
            answered.append(at - since <= window_seconds)
        if a != b:
            waiting.setdefault((a, b), at)
    end = int(second[-1])
    for (_, b), since in waiting.items():
        person.append(b)
        seconds.append(float(min(end - since, window_seconds)))
        answered.append(False)
    return Replies(
        np.array(person, dtype=np.int64),
        np.maximum(np.array(seconds), DELAY_SECONDS_MIN),
        np.array(answered),
    )


def fit_lognormal(
    found: Replies, weights: Figures | None = None, *, cure: bool = True
) -> Lognormal:
    """The law by maximum likelihood; without `cure` every message is answered sooner or later.

    `weights` say how often each row counts, as a bootstrap by person has it.
    """
    logs = np.log(found.seconds)
    counts = np.ones(len(logs)) if weights is None else weights
    hit, missed = found.answered, ~found.answered
    # Censored rows are few different ones: most are cut at the window.
    ends, which = np.unique(logs[missed], return_inverse=True)
    cut = np.bincount(which, weights=counts[missed], minlength=len(ends))
    total, kept = float(counts[hit].sum()), logs[hit]
    mean = float((counts[hit] * kept).sum() / total)
    variance = float((counts[hit] * (kept - mean) ** 2).sum() / total)

    def loss(place: Figures) -> float:
        mu, sigma = float(place[0]), math.exp(float(place[1]))
        share = 1.0 / (1.0 + math.exp(-float(place[2]))) if cure else 1.0
        density = math.log(sigma) + (variance + (mean - mu) ** 2) / (2 * sigma**2)
        steps = (ends - mu) / sigma
        open_still = np.log1p(-share * ndtr(steps)) if cure else log_ndtr(-steps)
        return total * (density - math.log(share)) - float(cut @ open_still)

    start = np.array([mean, 0.5 * math.log(variance), 1.0])
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-3})
    mu, log_sigma, odds = (float(each) for each in best.x)
    answering = 1.0 / (1.0 + math.exp(-odds)) if cure else 1.0
    return Lognormal(math.exp(mu), math.exp(log_sigma), answering)


def resampled_by_person(found: Replies, resample: Figures) -> Figures:
    """How often each row counts where persons are drawn with replacement; `resample` holds a number 0 to 1 for each."""
    people, number = np.unique(found.person, return_inverse=True)
    drawn = np.minimum((resample * len(people)).astype(np.int64), len(people) - 1)
    counts = np.bincount(drawn, minlength=len(people)).astype(np.float64)
    rows: Figures = counts[number]
    return rows


def distance(found: Replies, law: Lognormal) -> float:
    """The largest gap between the replies within the window and the law, each as a share of what comes within it."""
    kept = np.sort(found.seconds[found.answered])
    meant = law.answered_by(kept) / law.answered_by(found.seconds.max()[None])
    seen = (np.arange(len(kept)) + 0.5) / len(kept)
    return float(np.abs(seen - meant).max())
