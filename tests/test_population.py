"""The room as a whole: its names, and what importing it costs."""

import subprocess
import sys

import attrs
import numpy as np
import pytest

import chatsim.population
from chatsim.population import (
    Communities,
    cheats,
    generate,
    generated,
    limit_groups,
    people,
    random_ties,
    uniform,
)
from chatsim.population import rows as compressed


def test_values_and_readers_import_no_compiler_and_no_tables():
    program = (
        "import sys, chatsim.population.values, chatsim.population.sizes, chatsim.population.readers\n"
        "print([name for name in ('numba', 'polars', 'scipy') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", chatsim.population.__all__)
def test_every_public_name_is_found_and_is_no_module(name):
    assert callable(getattr(chatsim.population, name))
    # Importing a module binds it in the package, which must not hide a function of the same name.
    assert callable(getattr(chatsim.population, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_of_this"):
        chatsim.population.nothing_of_this  # noqa: B018


def _equal(one, other):
    return all(
        np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
        for a, b in zip(
            attrs.astuple(one, recurse=False), attrs.astuple(other, recurse=False), strict=True
        )
    )


def test_plain_kernels_compute_what_compiled_ones_do(monkeypatch):
    law = Communities(contacts_mean=3.0, groups_mean=2.0)

    def make():
        population = limit_groups(generate(1_100, seed=2**40 + 3, law=law), 20)
        return population, uniform(90, 7, seed=2**63 + 1), cheats(population, [2**31])

    compiled = make()
    for module in (generated, people, random_ties, compressed):
        monkeypatch.setattr(module, "compiled", lambda function: function)
    plain = make()
    assert _equal(plain[0], compiled[0])
    assert _equal(plain[1], compiled[1])
    assert np.array_equal(plain[2], compiled[2])
