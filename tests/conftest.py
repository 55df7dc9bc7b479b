from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.engine_standin import install_where_missing

install_where_missing()

CHECKOUT = Path(__file__).parents[1]

# The gate gives one answer for one state of the code; --hypothesis-profile=explore looks further.
settings.register_profile("gate", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("gate")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder with pyproject.toml."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real networks, which is no part of the checkout."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("The real networks are not here: they belong into ../shared/data.")
    return folder
