"""Policies by name: what platforms really enforced, each with its source and date, and a few controls.

Every cap here is one per action: nothing that a platform ships stops a person from repeating the
action. The counter is a hop count inside each copy, so tiers are read from the copy held.

Two readings of the sources are choices. The Help Center says today that a message counts as forwarded
many times when it is "at least five forwards away from its original sender"; texts of 2019 say "more
than five": from 5 on it is. And WhatsApp's limit of one group is on forwarded messages, so it starts
with copies held at hop 1.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from attrs import evolve

from chatsim.errors import ConfigurationError
from chatsim.policy.files import SUFFIX, parse_policy, read_policy
from chatsim.policy.rules import Education
from chatsim.policy.values import Policy, Provenance, Tier, compile_row
from chatsim.tomlfile import meant

CONTROL = Provenance("a control: no platform's rule", since="never in force")
HYPOTHETICAL = Provenance("hypothetical: no platform's rule", since="never in force")

PRESETS = (
    Policy(
        name="uncapped",
        title="Uncapped",
        group_members_max=1_024,
        provenance=CONTROL,
    ),
    Policy(
        name="label-only",
        title="Labels only",
        label_forwarded_from=1,
        label_many_from=5,
        group_members_max=1_024,
        note='Both labels and no cap: "just label it", as the debate of 2018 had it.',
        provenance=HYPOTHETICAL,
    ),
    Policy(
        name="education-only",
        title="Education only",
        education=Education(coverage=0.5, factor=0.8, harmless_factor=0.95),
        group_members_max=1_024,
        note=(
            'No cap and no label: "just educate people", as the debate of 2018 had it. That half of the people are reached '
            "and pass on a fifth less is assumed: an hour of training had no significant effect in India (Badrinathan 2021), "
            "tips raised discernment by 17.5 to 26.5 % (Guess 2020)."
        ),
        provenance=HYPOTHETICAL,
    ),
    Policy(
        name="whatsapp-2017",
        title="WhatsApp, 2017",
        tiers=(Tier(chats=256),),
        group_members_max=256,
        note="CNN of 2020-04-07 gives 250 chats instead of 256.",
        provenance=Provenance("MIT Technology Review 2019-09-26", since="before July 2018"),
    ),
    Policy(
        name="whatsapp-2018-07",
        title="WhatsApp, July 2018",
        tiers=(Tier(chats=20),),
        label_forwarded_from=1,
        group_members_max=256,
        provenance=Provenance(
            "WhatsApp's blog, by Fast Company 2018-07-20", since=dt.date(2018, 7, 20)
        ),
    ),
    Policy(
        name="whatsapp-2018-07-india",
        title="WhatsApp in India, July 2018",
        tiers=(Tier(chats=5),),
        label_forwarded_from=1,
        group_members_max=256,
        note="The button for quick forwards beside pictures and videos went as well; it is not modelled.",
        provenance=Provenance(
            "WhatsApp's blog, by Fast Company 2018-07-20", since=dt.date(2018, 7, 20)
        ),
    ),
    Policy(
        name="whatsapp-2019-01",
        title="WhatsApp, January 2019",
        tiers=(Tier(chats=5),),
        label_forwarded_from=1,
        group_members_max=256,
        note="WhatsApp said that going from 20 to 5 lowered all forwards by 25 %; it gave no method.",
        provenance=Provenance("Deccan Herald 2019-01-21", since=dt.date(2019, 1, 21)),
    ),
    Policy(
        name="whatsapp-2019-08",
        title="WhatsApp, August 2019",
        tiers=(Tier(chats=5),),
        label_forwarded_from=1,
        label_many_from=5,
        group_members_max=256,
        provenance=Provenance("Indian Express 2019-07-31", since="August 2019"),
    ),
    Policy(
        name="whatsapp-2020-04",
        title="WhatsApp, April 2020",
        tiers=(Tier(chats=5), Tier(from_hop=5, chats=1)),
        label_forwarded_from=1,
        label_many_from=5,
        group_members_max=256,
        note=(
            "WhatsApp said that messages forwarded many times fell by 70 % within three weeks; "
            "it counted flagged messages, so copying and pasting lowers the figure too."
        ),
        provenance=Provenance("CNN and SeekingAlpha 2020-04-07", since=dt.date(2020, 4, 7)),
    ),
    Policy(
        name="whatsapp-2022-04",
        title="WhatsApp, April 2022",
        tiers=(
            Tier(chats=5),
            Tier(from_hop=1, chats=5, groups=1),
            Tier(from_hop=5, chats=1, groups=1),
        ),
        label_forwarded_from=1,
        label_many_from=5,
        group_members_max=512,
        provenance=Provenance("WhatsApp Help Center; 9to5mac 2022-04-03", since="April 2022"),
    ),
    Policy(
        name="whatsapp-2022-11",
        title="WhatsApp, November 2022",
        tiers=(
            Tier(chats=5),
            Tier(from_hop=1, chats=5, groups=1),
            Tier(from_hop=5, chats=1, groups=1),
        ),
        label_forwarded_from=1,
        label_many_from=5,
        group_members_max=1_024,
        provenance=Provenance(
            "WhatsApp Help Center; Indian Express 2022-11-03",
            since=dt.date(2022, 11, 3),
            checked=dt.date(2026, 11, 21),
        ),
    ),
    Policy(
        name="messenger-2020-09",
        title="Messenger, September 2020",
        tiers=(Tier(chats=5),),
        group_members_max=250,
        provenance=Provenance(
            "about.fb.com 2020-09-03",
            since=dt.date(2020, 9, 3),
            from_memory=("group_members_max",),
        ),
    ),
    Policy(
        name="signal",
        title="Signal",
        tiers=(Tier(chats=5),),
        group_members_max=1_000,
        provenance=Provenance(
            "Signal-Android, remote setting android.share.limit",
            since="2021",
            from_memory=("labels", "group_members_max"),
        ),
    ),
    Policy(
        name="wechat",
        title="WeChat",
        tiers=(Tier(chats=9),),
        group_members_max=500,
        provenance=Provenance(
            "WeChatExtension-ForMac, issue 685", since="2020", from_memory=("group_members_max",)
        ),
    ),
    Policy(
        name="telegram",
        title="Telegram",
        group_members_max=200_000,
        note="A forward names the original's author, which is none of the labels here.",
        provenance=Provenance(
            "core.telegram.org, messageFwdHeader",
            since="no day is known",
            from_memory=("group_members_max",),
        ),
    ),
)
BY_NAME = {policy.name: policy for policy in PRESETS}
ALIASES = {"whatsapp-latest": "whatsapp-2022-11"}
CAP = re.compile(r"cap-(0|[1-9][0-9]{0,11})", re.ASCII)


def presets() -> tuple[Policy, ...]:
    """Every preset with a name of its own; aliases and cap-N come on top."""
    return PRESETS


def preset_names() -> tuple[str, ...]:
    """Every name that `preset` knows but the endless cap-N."""
    return (*BY_NAME, *ALIASES)


def preset(name: str) -> Policy:
    """The preset, the alias or the cap-N of this name.

    An alias keeps its own name, and its note says what it stands for. Raises ConfigurationError for
    an unknown name, with the closest ones.
    """
    found = _find(name)
    if found is None:
        raise ConfigurationError(_unknown(name))
    return found


def _find(name: str) -> Policy | None:
    cap = CAP.fullmatch(name)
    if cap is not None:
        return flat_cap(int(cap[1]))
    if name in ALIASES:
        meaning = alias_meaning(name)
        return evolve(
            BY_NAME[ALIASES[name]], name=name, title="WhatsApp, latest", note=f"{meaning}."
        )
    return BY_NAME.get(name)


def alias_meaning(name: str) -> str | None:
    """What an alias stands for and when somebody last looked, in words; None if it is no alias."""
    if name not in ALIASES:
        return None
    policy = BY_NAME[ALIASES[name]]
    assert policy.provenance is not None
    return f"{name} is {policy.name}, last checked {policy.provenance.checked}"


def flat_cap(chats: int) -> Policy:
    """`cap-N`: N chats per action whatever the copy, and no label."""
    word = "chat" if chats == 1 else "chats"
    title = f"{chats:,} {word} at a time"
    return Policy(f"cap-{chats}", title, tiers=(Tier(chats=chats),), provenance=HYPOTHETICAL)


def resolve(name_or_path: str | Path) -> Policy:
    """The policy that a preset's name, cap-N or the path of a TOML file stands for.

    Raises ConfigurationError for an unknown name, for a file that cannot be used, and for a file that
    borrows a preset's name for other rules.
    """
    given = str(name_or_path)
    found = _find(given)
    if found is not None:
        return found
    path = Path(name_or_path)
    if path.suffix != SUFFIX and not path.is_file():
        raise ConfigurationError(_unknown(given))
    return _not_borrowed(read_policy(path, preset), given)


def resolve_text(text: str, where: str) -> Policy:
    """The policy of a TOML text, which sentences call `where`. Raises ConfigurationError as `resolve` does."""
    return _not_borrowed(parse_policy(text, where, preset), where)


def _not_borrowed(policy: Policy, where: str) -> Policy:
    """A preset keeps its name under a rollout, whose control holds for whoever it has not reached."""
    namesake, reached = _find(policy.name), evolve(policy, untreated=None)
    if namesake is not None and _rules(namesake) != _rules(reached):
        raise ConfigurationError(
            f"{where}: name is {policy.name!r}, a preset with other rules; it takes a name of its own"
        )
    return policy


def _rules(policy: Policy) -> list[tuple[int, ...]]:
    return [compile_row(each) for each in policy.everywhere]


def _unknown(given: str) -> str:
    close = meant(given, preset_names())
    return (
        f"there is no policy named {given!r}{close}; it takes a preset (chatsim policies lists them), "
        "cap-N with a number of chats from 0 up, or the path of a TOML file"
    )
