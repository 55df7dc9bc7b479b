"""What a load comes to: the books of all workers settled with each other, and what a reader must know first."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence

import attrs
from attrs import frozen
from hdrh.histogram import HdrHistogram

from chatsim_clients.load import lateness
from chatsim_clients.load.accounting import Settled, settle_all
from chatsim_clients.load.cautions import of_generator, of_messages, of_sessions
from chatsim_clients.load.course import Course
from chatsim_clients.load.latencies import record
from chatsim_clients.load.plan import LoadPlan, plan_as_json
from chatsim_clients.load.result import Accounts, LoadResult, Measure, Second, new_histogram
from chatsim_clients.load.sharing import Closed, Entered
from chatsim_clients.load.watching import Watched


@frozen(eq=False)
class Outcome:
    """What was seen and told of a load, from the first login to the last closed book."""

    plan: LoadPlan
    course: Course
    seconds: Sequence[Second]
    entered: Mapping[int, Entered]
    """By worker."""
    closed: Mapping[int, Closed]
    """By worker."""
    busiest: Sequence[float]
    """Of each second within the stages: the busiest worker's share of its core."""
    watched: Watched
    """The server's process."""
    server_lost: str
    """Why, as a clause."""
    interrupted: bool
    cut_at: float | None
    """Where the stages ended early: seconds from the start."""

    def result(self, began: str, dropped: int) -> LoadResult:
        """Everything put together; `dropped`: messages of a trace that were left out."""
        course = self.course
        end = course.end if self.cut_at is None else min(course.end, self.cut_at)
        measured = max(0.0, end - course.measured_from)
        inside = [s for s in self.seconds if course.measured_from <= s.second < end]
        delivered = sum(second.delivered for second in inside)
        cpu = sum(second.server_cpu for second in inside)
        length = max(measured, 1e-9)
        settled = self._settled()
        books = [closed.books for closed in self.closed.values()]
        result = LoadResult(
            plan=plan_as_json(self.plan),
            machine=machine(),
            began=began,
            measured_seconds=measured,
            offered_rate=sum(book.counts.offered_measured for book in books) / length,
            delivered_rate=sum(book.counts.delivered_measured for book in books) / length,
            seconds=tuple(self.seconds),
            histograms=self._histograms(),
            accounts=self._accounts(settled),
            server_cpu_per_delivery=cpu / delivered * 1e6
            if self.watched.known and delivered
            else None,
            server_bytes_peak=self.watched.bytes_peak if self.watched.known else None,
            warnings=tuple(self._warnings(settled, dropped)),
            server_lost=self.server_lost,
        )
        return attrs.evolve(result, warnings=(*result.warnings, *lateness.caution(result)))

    def _histograms(self) -> dict[Measure, HdrHistogram]:
        histograms = {}
        for measure in Measure:
            histograms[measure] = histogram = new_histogram()
            for closed in self.closed.values():
                record(histogram, closed.totals[measure])
        return histograms

    def _settled(self) -> Settled:
        books = [closed.books for closed in self.closed.values()]
        heard = {user: ears for book in books for user, ears in book.heard.items()}
        lines = {key: line for book in books for key, line in book.lines.items()}
        strangers = frozenset(user for book in books for user in book.strangers)
        settled = settle_all(lines, heard, strangers)
        expected = sum(book.counts.streams_expected for book in books)
        streamed = sum(ears.streamed for ears in heard.values())
        return settled + Settled(expected, min(expected, streamed), max(0, expected - streamed), 0)

    def _accounts(self, settled: Settled) -> Accounts:
        books = [closed.books for closed in self.closed.values()]
        refused: Counter[str] = Counter()
        for book in books:
            refused.update(book.counts.refused)
        ears = [ears for book in books for ears in book.heard.values()]
        return Accounts(
            sent=sum(book.counts.sent - book.unposted for book in books),
            accepted=sum(book.counts.accepted for book in books),
            refused=dict(sorted(refused.items())),
            unanswered=sum(book.unanswered for book in books),
            expected=settled.expected,
            delivered=settled.delivered,
            lost=settled.lost,
            duplicated=sum(one.duplicated for one in ears),
            reordered=sum(one.reordered for one in ears),
            notices_expected=sum(book.counts.notices_expected for book in books),
            notices=sum(book.counts.notices for book in books),
            unsent=sum(book.unsent for book in books),
        )

    def _warnings(self, settled: Settled, dropped: int) -> list[str]:
        closed = self.closed.values()
        found = [
            *(
                [f"{self.server_lost[0].upper()}{self.server_lost[1:]}."]
                if self.server_lost
                else []
            ),
            *of_generator(closed, self.busiest, sealed=self.plan.sealed),
            *of_sessions(self.entered.values(), closed),
            *of_messages(closed, settled.unsanctioned, dropped),
        ]
        if self.interrupted:
            found.append(f"The load was interrupted after {self.cut_at:.1f} s.")
        return found


def machine() -> str:
    """What the load ran on, in words."""
    return f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}"
