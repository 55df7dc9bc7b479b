"""Scenarios as JSON: for manifests, and to hand one to another process."""

from __future__ import annotations

import functools
import json

import cattrs
from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from chatsim.errors import ConfigurationError
from chatsim.study.scenario import PopulationSpec, Scenario


@functools.cache
def _converter() -> cattrs.Converter:
    converter = make_converter(forbid_extra_keys=True, detailed_validation=False)
    configure_tagged_union(PopulationSpec, converter, tag_name="kind", tag_generator=_tag)
    return converter


def _tag(population: type) -> str:
    return population.__name__.lower()


def scenario_to_json(scenario: Scenario) -> str:
    """The scenario with every field written out: equal scenarios give equal text."""
    return json.dumps(_converter().unstructure(scenario), indent=2)


def scenario_from_json(text: str) -> Scenario:
    """What `scenario_to_json` wrote; raises ConfigurationError for anything else."""
    try:
        return _converter().structure(json.loads(text), Scenario)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        cattrs.ForbiddenExtraKeysError,
    ) as error:
        raise ConfigurationError(f"this is not the JSON of a scenario: {error}") from error
