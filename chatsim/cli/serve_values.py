"""What the options of `chatsim serve`, and its parent's environment, stand for.

What a parent passes on is taken out of the environment, and nothing else reads it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from chatsim.errors import ConfigurationError
from chatsim.model import Enforcement, Traceability

if TYPE_CHECKING:
    from chatsim.policy import Policy
    from chatsim.relay.admission import Admission
    from chatsim.relay.roster import Roster
    from chatsim.server.tls import TlsFiles
    from chatsim.server.tokens import TokenTable
    from chatsim.study.scenario import Scenario

ROOT = "CHATSIM_PROVENANCE_ROOT"
DRIVE_SECRET = "CHATSIM_DRIVE_SECRET"  # noqa: S105 - a variable's name
PEOPLE = "CHATSIM_PEOPLE"
DEFAULT_USERS = 1_000


def secret() -> bytes:
    """What drivers have to know."""
    return os.environ.pop(DRIVE_SECRET, "").encode()


def root() -> bytes | None:
    """What a parent passes on; none of it may be said."""
    digits = os.environ.pop(ROOT, "")
    try:
        return bytes.fromhex(digits) or None
    except ValueError:
        message = f"{ROOT} is not hexadecimal; it takes 64 digits, the secret of a server's parent"
        raise ConfigurationError(message) from None


def digests(tokens: Path | None, *, insecure: bool, driven: bool) -> TokenTable | None:
    """The digests of everybody who may log in; None where anybody may."""
    from chatsim.server.tokens import read_table

    if driven:
        if insecure or tokens is not None:
            raise ConfigurationError(
                "--clock driven takes neither --tokens nor --insecure-dev: its driver has a secret"
            )
        return None
    if insecure and tokens is not None:
        raise ConfigurationError("--tokens and --insecure-dev both say who may log in; give one")
    if tokens is not None:
        _check_digests(tokens)
        return read_table(tokens)
    if insecure:
        return None
    raise ConfigurationError(
        "nothing says who may log in; give --tokens FILE.sha256 (chatsim tokens makes one), or "
        "--insecure-dev to let anybody on this machine be any user"
    )


def _check_digests(tokens: Path) -> None:
    """Both files look alike, and with the clients' nobody could log in."""
    from chatsim.server.tokens import DIGESTS_SUFFIX

    digests = tokens.with_name(tokens.name + DIGESTS_SUFFIX)
    if digests.is_file():
        raise ConfigurationError(
            f"--tokens is {tokens}, which the clients have; a server takes the digests, {digests}"
        )


def admission(digests: TokenTable | None) -> Admission | None:
    from chatsim.relay.admission import Tokens

    return None if digests is None else Tokens(digests)


def tls(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    from chatsim.server.tls import TlsFiles

    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ConfigurationError("--tls-certificate and --tls-key go together; give both")
    return TlsFiles(certificate, key)


def file_of(policy_name: str) -> str | None:
    """What SIGHUP reads again: nothing where the policy has a name alone."""
    return policy_name if Path(policy_name).is_file() else None


def scenario(population: str | None, users: int | None) -> Scenario | None:
    from chatsim.study.scenario_files import load_scenario
    from chatsim.study.scenario_json import scenario_from_json

    if population is None:
        return None
    if users is not None:
        raise ConfigurationError("--users and --population both say who the users are; give one")
    path = Path(population)
    if path.suffix != ".json":
        return load_scenario(population)
    try:
        return scenario_from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error


def roster(
    scenario: Scenario | None, policy: Policy, users: int | None, digests: TokenTable | None
) -> Roster:
    from chatsim.relay.roster import OpenRoster

    if scenario is None:
        known = DEFAULT_USERS if digests is None else digests.last + 1
        count = known if users is None else users
        if count < 1:
            raise ConfigurationError(f"--users is {count}; it takes a number from 1 up")
        if digests is not None and count > digests.last + 1:
            raise ConfigurationError(
                f"--users is {count:,}, and --tokens has users below {digests.last + 1:,} alone, so that the "
                "others could never log in; it takes at most as many, or a file with a token for each"
            )
        return OpenRoster(count)
    from attrs import evolve

    from chatsim.population.handing import read_people
    from chatsim.population.roster import PopulationRoster
    from chatsim.study.populations import build_population, under_policy
    from chatsim.study.ruling import parts_of

    # A parent that has made the people hands them on, as the policy has them: to make them again takes longer than
    # all else at the start.
    handed = os.environ.pop(PEOPLE, "")
    if handed:
        people = read_people(Path(handed))
    else:
        people = under_policy(build_population(scenario.population), scenario, policy)
    parts = parts_of(evolve(scenario, redraw_population=False), 0, people.users)
    return PopulationRoster(people, parts)


def enforcement(given: str | None, scenario: Scenario | None) -> Enforcement:
    if given is not None:
        return Enforcement(given)
    return Enforcement.CLEAR if scenario is None else scenario.enforcement


def traceability(given: str | None, scenario: Scenario | None) -> Traceability:
    if given is not None:
        return Traceability(given)
    return Traceability.NONE if scenario is None else scenario.traceability


def refill_ticks(given: str | None, scenario: Scenario | None) -> int:
    from chatsim.behaviour.values import Behaviour
    from chatsim.units import read_whole_seconds

    if given is not None:
        return read_whole_seconds(given, "--refill")
    behaviour = Behaviour() if scenario is None else scenario.behaviour
    return behaviour.pause_seconds
