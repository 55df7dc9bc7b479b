from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from chatsim.server.options import ShellKind
from tests.serving import Certificates, Kind, Running, Workbench, make_certificates

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


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(params=list(ShellKind), ids=str)
def shell(request: pytest.FixtureRequest) -> ShellKind:
    """Each shell; whatever a shell promises, both keep."""
    return request.param


@pytest.fixture
def plain(shell: ShellKind) -> Kind:
    return Kind(shell, None)


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def kind(shell: ShellKind, request: pytest.FixtureRequest) -> Kind:
    """Each shell, plain and with TLS."""
    with_tls = request.param
    return Kind(shell, request.getfixturevalue("certificates") if with_tls else None)


@pytest.fixture
async def plain_server(nursery, plain: Kind) -> Running:
    return Running(nursery, plain)


@pytest.fixture
async def server(nursery, kind: Kind) -> Running:
    return Running(nursery, kind)


@pytest.fixture
async def workbench(nursery, shell: ShellKind) -> AsyncIterator[Workbench]:
    workbench = Workbench(nursery, shell)
    yield workbench
    workbench.close()
