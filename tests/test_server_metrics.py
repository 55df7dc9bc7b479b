"""What Prometheus reads."""

from __future__ import annotations

import re

import pytest
from attrs import evolve, fields
from prometheus_client.parser import text_string_to_metric_families

from chatsim.policy.presets import preset
from chatsim.server.metrics import Metrics, ServerCollector
from chatsim.server.readings import Readings
from chatsim.server.ruling import ruling_of
from chatsim.server.timings import BOUNDS, Timings
from tests.readings import NOTHING

RULING = ruling_of(preset("cap-5"))


def samples(readings: Readings = NOTHING, timings: Timings | None = None) -> dict[tuple, float]:
    """(name, labels) -> value of everything that a scrape shows."""
    collector = ServerCollector(lambda: readings, timings or Timings(), lambda: RULING)
    text = Metrics(collector).of_server().decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_reading_is_shown_as_it_is():
    numbers = {
        field.name: 100 + i for i, field in enumerate(fields(Readings)) if field.type == "int"
    }
    readings = evolve(
        NOTHING, **numbers, acts_refused={"hop_limit": 7}, sessions_ended={"no login": 8}
    )
    shown = samples(readings)
    assert set(numbers.values()) <= set(shown.values())
    assert shown["chatsim_acts_refused_total", ("reason", "hop_limit")] == 7
    assert shown["chatsim_sessions_ended_total", ("cause", "no login")] == 8
    assert shown["chatsim_backlog_bytes",] == readings.outbox_bytes
    assert shown["chatsim_mailbox_deliveries",] == readings.deliveries_waiting


def test_the_policy_in_force_is_shown_by_name_and_version():
    labels = (("name", "cap-5"), ("version", RULING.version))
    assert samples()["chatsim_policy_info", *labels] == 1


def test_a_histogram_counts_what_is_up_to_each_bound_and_adds_up():
    timings = Timings()
    timings.committed(BOUNDS[0])
    timings.committed(BOUNDS[0] * 1.01)
    timings.committed(100.0)
    shown = samples(timings=timings)
    name = "chatsim_commit_seconds"
    assert shown[f"{name}_bucket", ("le", str(BOUNDS[0]))] == 1
    assert shown[f"{name}_bucket", ("le", str(BOUNDS[1]))] == 2
    assert shown[f"{name}_bucket", ("le", str(BOUNDS[-1]))] == 2
    assert shown[f"{name}_bucket", ("le", "+Inf")] == shown[f"{name}_count",] == 3
    assert shown[f"{name}_sum",] == pytest.approx(100.0 + 2.01 * BOUNDS[0])


def test_a_release_counts_for_each_session_that_it_served():
    timings = Timings()
    timings.released(0.002, 40)
    timings.batch(0.001, 3)
    timings.loop_lag(0.0)
    shown = samples(timings=timings)
    assert shown["chatsim_release_seconds_count",] == 40
    assert shown["chatsim_batch_seconds_count",] == 1
    assert shown["chatsim_loop_lag_seconds_count",] == 1


def test_names_begin_with_the_project_and_labels_are_about_nobody():
    readings = evolve(NOTHING, acts_refused={"hop_limit": 1}, sessions_ended={"left": 1})
    for name, *labels in samples(readings):
        assert re.fullmatch(r"chatsim_[a-z_]+", name)
        assert {label for label, _ in labels} <= {"reason", "cause", "act", "le", "name", "version"}


def test_processor_and_memory_are_shown_beside():
    metrics = Metrics(ServerCollector(lambda: NOTHING, Timings(), lambda: RULING))
    text = metrics.of_process().decode()
    assert "chatsim_process_cpu_seconds_total" in text
    assert "chatsim_process_resident_memory_bytes" in text
