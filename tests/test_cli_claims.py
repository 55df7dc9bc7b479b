"""`chatsim claims`: both axes for people, and for programs."""

from __future__ import annotations

import json

import attrs
import pytest

from chatsim.cli.main import main
from chatsim.model import Enforcement, Traceability
from chatsim.provenance.describing import UNREVIEWED
from chatsim.provenance.enforcement_claims import EnforcementClaims
from chatsim.provenance.threshold_claims import ThresholdClaims, Wrapper
from chatsim.provenance.values import Claims


def said(capsys, *options: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["claims", *options])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_every_mode_of_both_axes_has_its_lines(capsys):
    lines = said(capsys).splitlines()
    modes = [line for line in lines if line and not line.startswith(" ") and " " not in line]
    assert modes == [mode.value for axis in (Enforcement, Traceability, Wrapper) for mode in axis]
    for question in ("stored", "a report", "lies", "without a report", "officers"):
        assert sum(line.startswith(f"  {question}  ") for line in lines) == len(modes)
    assert sum(UNREVIEWED in line for line in lines) >= 2


def test_programs_get_every_claim_by_its_name(capsys):
    axes = json.loads(said(capsys, "--json"))
    for axis, claims in (
        ("enforcement", EnforcementClaims),
        ("traceability", Claims),
        ("wrapper", ThresholdClaims),
    ):
        for mode in axes[axis]:
            assert mode["claims"].keys() == attrs.fields_dict(claims).keys()
            assert all(sentence.endswith(".") for sentence in mode["sentences"].values())
    traced = {mode["mode"]: mode["claims"] for mode in axes["traceability"]}
    assert traced["traceback"]["names"] == "path"
    assert traced["tag"]["frameable"] is True
