"""The room as a whole: its names, and what importing it costs."""

import subprocess
import sys

import pytest

import chatsim.population


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
