"""Contents and behaviour in a scenario file: their tables, read and written."""

from __future__ import annotations

from chatsim.behaviour.values import (
    Audience,
    Behaviour,
    Content,
    DelayForm,
    DelayLaw,
    FirstSend,
    Kind,
)
from chatsim.errors import ConfigurationError
from chatsim.tomlfile import Table, or_none, read_text, read_truth, toml_line, word_of
from chatsim.units import (
    above_zero,
    duration_text,
    read_count,
    read_duration,
    read_number,
    read_share,
    read_whole_seconds,
    share_text,
)

READ_AND_PICK = (Audience.PICK, Audience.REPEAT)
ACTS_UNDER: dict[str, tuple[Audience, ...]] = {
    "audience_shape": READ_AND_PICK,
    "group_chance": READ_AND_PICK,
    "reading_delay": READ_AND_PICK,
    "complaint_probability": READ_AND_PICK,
    "complaint_probability_harmless": READ_AND_PICK,
    "persistence": (Audience.PICK,),
    "paste_probability": (Audience.PICK,),
    "redo": (Audience.PICK,),
    "chat_delay": (Audience.EACH,),
    "recovery": (Audience.EACH,),
    "interval": (Audience.REPEAT,),
    "round_recovery": (Audience.REPEAT,),
}
"""Keys of the behaviour that some audience laws never read."""


def content_of(table: Table) -> Content:
    """The content that a table describes."""
    name = table.require("name", read_text)
    default = Content(name)
    return table.build(
        Content,
        name=name,
        share_probability=table.take("share_probability", read_share, default.share_probability),
        half_life_seconds=table.take(
            "half_life", or_none(above_zero(read_duration)), default.half_life_seconds
        ),
        harmful=table.take("harmful", read_truth, default.harmful),
        kind=table.take("kind", word_of(Kind), default.kind),
        body_bytes=table.take("body_bytes", read_count, default.body_bytes),
    )


def behaviour_of(table: Table) -> Behaviour:
    """The behaviour that a table describes; a key that its audience law never reads is refused."""
    default = Behaviour()
    audience = table.take("audience", word_of(Audience), default.audience)
    _refuse_what_never_acts(table, audience)
    _refuse_a_cheat(table)
    return table.build(
        Behaviour,
        audience=audience,
        audience_shape=table.take("audience_shape", read_number, default.audience_shape),
        group_chance=table.take("group_chance", read_share, default.group_chance),
        persistence=table.take("persistence", read_share, default.persistence),
        redo_seconds=table.take("redo", above_zero(read_whole_seconds), default.redo_seconds),
        paste_probability=table.take("paste_probability", read_share, default.paste_probability),
        modified_clients=table.take("modified_clients", read_share, default.modified_clients),
        inflating_clients=table.take("inflating_clients", read_share, default.inflating_clients),
        pasting_clients=table.take("pasting_clients", read_share, default.pasting_clients),
        reencoding_clients=table.take("reencoding_clients", read_share, default.reencoding_clients),
        framing_clients=table.take("framing_clients", read_share, default.framing_clients),
        cutting_clients=table.take("cutting_clients", read_share, default.cutting_clients),
        reading_delay=table.take("reading_delay", _delay_law, default.reading_delay),
        lookahead_seconds=table.take(
            "lookahead", above_zero(read_whole_seconds), default.lookahead_seconds
        ),
        night=table.take("night", read_truth, default.night),
        susceptibility_shape=table.take(
            "susceptibility_shape", or_none(read_number), default.susceptibility_shape
        ),
        label_factor_forwarded=table.take(
            "label_factor_forwarded", read_share, default.label_factor_forwarded
        ),
        label_factor_many_times=table.take(
            "label_factor_many_times", read_share, default.label_factor_many_times
        ),
        first_send=table.take("first_send", word_of(FirstSend), default.first_send),
        chat_delay=table.take("chat_delay", _delay_law, default.chat_delay),
        recovery=table.take("recovery", or_none(_delay_law), default.recovery),
        interval_seconds=table.take(
            "interval", above_zero(read_whole_seconds), default.interval_seconds
        ),
        round_recovery=table.take("round_recovery", read_share, default.round_recovery),
        complaint_probability=table.take(
            "complaint_probability", read_share, default.complaint_probability
        ),
        complaint_probability_harmless=table.take(
            "complaint_probability_harmless", read_share, default.complaint_probability_harmless
        ),
    )


def _refuse_what_never_acts(table: Table, audience: Audience) -> None:
    for key in table.unread():
        laws = ACTS_UNDER.get(key, tuple(Audience))
        if audience not in laws:
            message = (
                f"{table.name(key)} acts under audience {' or '.join(laws)} only, and the audience is {audience}; "
                "it takes one of the two changed"
            )
            raise ConfigurationError(message)


def _refuse_a_cheat(table: Table) -> None:
    if "cheat" in table.unread():
        message = (
            f"{table.name('cheat')} is not a key, because each cheat has a share of people; it takes modified_clients for "
            "those who claim no forwards (strip), and inflating_clients for those who claim as many as a counter holds (inflate)"
        )
        raise ConfigurationError(message)


def _delay_law(given: object, name: str) -> DelayLaw:
    if not isinstance(given, dict):
        takes = 'it takes a table such as { median = "15 min", sigma = 1.5 }'
        raise ConfigurationError(f"{name} is {given!r}; {takes}")
    where, _, key = name.rpartition(": ")
    table = Table(given, where, f"{key}.")
    default = DelayLaw()
    return table.build(
        DelayLaw,
        median_seconds=table.take("median", read_duration, default.median_seconds),
        sigma=table.take("sigma", read_number, default.sigma),
        form=table.take("form", word_of(DelayForm), default.form),
    )


def content_lines(content: Content) -> list[str]:
    """The same as TOML."""
    return [
        toml_line("name", content.name),
        toml_line("share_probability", share_text(content.share_probability)),
        toml_line("half_life", _duration_or_none(content.half_life_seconds)),
        toml_line("harmful", content.harmful),
        toml_line("kind", content.kind.value),
        toml_line("body_bytes", content.body_bytes),
    ]


def behaviour_lines(behaviour: Behaviour) -> list[str]:
    """The same as TOML, without what its audience law never reads."""
    shape, recovery = behaviour.susceptibility_shape, behaviour.recovery
    lines = [
        toml_line("audience", behaviour.audience.value),
        toml_line("audience_shape", behaviour.audience_shape),
        toml_line("group_chance", share_text(behaviour.group_chance)),
        toml_line("persistence", share_text(behaviour.persistence)),
        toml_line("redo", duration_text(behaviour.redo_seconds)),
        toml_line("paste_probability", share_text(behaviour.paste_probability)),
        toml_line("modified_clients", share_text(behaviour.modified_clients)),
        toml_line("inflating_clients", share_text(behaviour.inflating_clients)),
        toml_line("pasting_clients", share_text(behaviour.pasting_clients)),
        toml_line("reencoding_clients", share_text(behaviour.reencoding_clients)),
        toml_line("framing_clients", share_text(behaviour.framing_clients)),
        toml_line("cutting_clients", share_text(behaviour.cutting_clients)),
        f"reading_delay = {_delay_table(behaviour.reading_delay)}",
        toml_line("lookahead", duration_text(behaviour.lookahead_seconds)),
        toml_line("night", behaviour.night),
        toml_line("susceptibility_shape", "none" if shape is None else shape),
        toml_line("label_factor_forwarded", share_text(behaviour.label_factor_forwarded)),
        toml_line("label_factor_many_times", share_text(behaviour.label_factor_many_times)),
        toml_line("first_send", behaviour.first_send.value),
        f"chat_delay = {_delay_table(behaviour.chat_delay)}",
        "recovery = " + ('"none"' if recovery is None else _delay_table(recovery)),
        toml_line("interval", duration_text(behaviour.interval_seconds)),
        toml_line("round_recovery", share_text(behaviour.round_recovery)),
        toml_line("complaint_probability", share_text(behaviour.complaint_probability)),
        toml_line(
            "complaint_probability_harmless", share_text(behaviour.complaint_probability_harmless)
        ),
    ]
    idle = {key for key, laws in ACTS_UNDER.items() if behaviour.audience not in laws}
    return [line for line in lines if line.partition(" ")[0] not in idle]


def _duration_or_none(seconds: float | None) -> str:
    return "none" if seconds is None else duration_text(seconds)


def _delay_table(law: DelayLaw) -> str:
    pairs = (
        toml_line("median", duration_text(law.median_seconds)),
        toml_line("sigma", law.sigma),
        toml_line("form", law.form.value),
    )
    return f"{{ {', '.join(pairs)} }}"
