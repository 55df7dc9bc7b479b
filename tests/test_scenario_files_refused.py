"""What a scenario file cannot say, and how that is told."""

from __future__ import annotations

import pytest

from chatsim.errors import ConfigurationError
from chatsim.study.scenario_files import read_scenario


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("run = 3", "run is not a key of this table; it takes contents, population,"),
        ("[behaviour]\npersistance = 0", "behaviour.persistance is not a key of this table"),
        (
            "[population]\ncontacts = 'a'",
            "population.contacts is not a key of this table; it takes kind, users",
        ),
        ("[[contents]]\nname = 'a'\nshare = 1", "contents[0].share is not a key of this table"),
        ("[[contents]]\nkind = 'text'", "contents[0].name is missing"),
        (
            "[[contents]]\nname = 'a'\nshare_probability = 2",
            "contents[0].share_probability is 2; it takes a share",
        ),
        (
            "[[contents]]\nname = 'a'\nhalf_life = '0 s'",
            "contents[0].half_life is '0 s'; it takes more than 0",
        ),
        (
            "[[contents]]\nname = 'a'\nkind = 'song'",
            "contents[0].kind is 'song'; it takes text or image or video",
        ),
        (
            "[[contents]]\nname = 'a'\nbody_bytes = 0",
            "contents[0].body_bytes is 0; it takes a number above 0",
        ),
        (
            "[[contents]]\nname='a'\n[[contents]]\nname='a'",
            "scenario mine has two contents named a",
        ),
        (
            "[population]\nkind = 'real'",
            "population.kind is 'real'; it takes generated or stored or uniform",
        ),
        ("[population]\nkind = 'stored'", "a stored population names no file"),
        ("[population]\nusers = 1", "population.users is 1; it takes a whole number from 2"),
        (
            "[population]\nusers = '20 parsecs'",
            "population.users is '20 parsecs'; it takes a whole number",
        ),
        ("duration = '0 s'", "duration is '0 s'; it takes more than 0"),
        ("duration = 14", "duration is 14; it takes a number with a unit"),
        ("duration = '2 fortnights'", "duration is '2 fortnights'; it takes a number with a unit"),
        ("runs = 0", "runs is 0; it takes a whole number from 1"),
        ("originators = 'few'", "originators is 'few'; it takes a whole number"),
        ("originators = 2001", "originators is 2,001; it takes at most"),
        ("enforcement = 'deaf'", "enforcement is 'deaf'; it takes clear or client"),
        ("policies = 'uncapped'", "policies is 'uncapped'; it takes a list of texts"),
        ("policies = []", "scenario mine has no policies"),
        (
            "policies = ['cap-5', 'uncaped']",
            "policies[1]: there is no policy named 'uncaped' (did you mean uncapped?); it takes",
        ),
        (
            "[behaviour]\nredo = '1.5 s'",
            "behaviour.redo is '1.5 s'; it takes a whole number of seconds",
        ),
        (
            "[behaviour]\nreading_delay = '3 m'",
            "behaviour.reading_delay is '3 m'; it takes a table such as",
        ),
        (
            "[behaviour]\nreading_delay = { mean = '3 m' }",
            "behaviour.reading_delay.mean is not a key of this table; it takes median, sigma, form",
        ),
        (
            "[behaviour]\nreading_delay = { form = 'gamma' }",
            "behaviour.reading_delay.form is 'gamma'; it takes lognormal or exponential",
        ),
        (
            "[behaviour]\naudience = 'repeat'\ninterval = '0.5 s'",
            "behaviour.interval is '0.5 s'; it takes a whole number of seconds",
        ),
        (
            "[behaviour]\ninterval = '5 s'",
            "behaviour.interval acts under audience repeat only, and the audience is pick",
        ),
        (
            "[behaviour]\naudience = 'each'\npersistence = 0.5",
            "behaviour.persistence acts under audience pick only, and the audience is each",
        ),
        (
            "[[regions]]\nname = 'a'\nshare = '30 %'",
            "the shares of the regions are 0.3 together; they take 1",
        ),
        (
            "[[regions]]\nname = 'a'\nshare = 1\nutc_offset = '5 h'",
            "regions[0].utc_offset is '5 h'; it takes hours and minutes east of UTC",
        ),
        ("[sources]\nrun = 'me'", "sources.run is no value of this scenario (did you mean runs?)"),
        (
            "[behaviour]\naudience = 'repeat'\ninterval = '1 s'",
            "a round every 1 s gives more than 65,536 rounds in 14 d",
        ),
        (
            "[behaviour]\naudience_shape = 0",
            "behaviour.audience_shape is 0.0; it takes a number from 0.02 up",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_file_key_and_what_it_takes(tmp_path, text, says):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        read_scenario(path)
    assert str(refusal.value).startswith(f"{path}: {says}")
