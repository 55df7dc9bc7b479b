"""`chatsim`: the commands, and what an error looks like.

Commands are imported when they are called, so that help is quick.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

import chatsim
from chatsim.cli.terminating import Terminated
from chatsim.errors import ChatsimError

INTERRUPTED = 130
TERMINATED = 143
FAILED = 2

COMMANDS = {
    "admin": "Ask a running server, change its policy, or have it stop.",
    "calibrate": "Fit parameters to what is known, and see what the fit predicts.",
    "claims": "Say of every mode what it stores, what a report names, and who can be framed.",
    "compare": "Compare forwarding policies by relaying messages between simulated people.",
    "conformance": "Take small runs with their answers, and score another simulator against them.",
    "explain": "Tell one person's story from the files of a study.",
    "load": "Put a server under load and account for every message; compare two loads.",
    "policies": "List the preset policies, or show one with its source.",
    "rollout": "Find what an A/B test of a policy would say, and how far that is from the truth.",
    "scenario": "List the scenarios, check one of your own, or explain every value with its source.",
    "schema": "Print what a file of a study holds, field by field.",
    "sensitivity": "Find which assumption decides between two policies, and whether their ranking flips.",
    "serve": "Run the relay as a server.",
    "tokens": "Draw a token for each user of a server.",
    "trace": "Find what reports bring to light under each traceability mode, and what that takes.",
    "verify": "Check on this machine that all ways of playing a run agree, and agree with theory.",
}
"""Each lives in the module of its name, as the function `command`."""


class LazyCommands(click.Group):
    """Imports a command's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"chatsim.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyCommands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(chatsim.__version__, prog_name="chatsim", message="%(prog)s %(version)s")
def chatsim_command() -> None:
    """Compare message-forwarding policies before anybody has to live with them.

    Messages are relayed between simulated people under each policy: how far does a rumour get, what do harmless
    forwards lose, what does it cost people and servers. Start with: chatsim compare
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Exit status 2 with one sentence for whatever went wrong, 130 for Ctrl-C, 143 for SIGTERM."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Commands that note how to repeat themselves find what was typed in the context's object.
        status = chatsim_command.main(typed, prog_name="chatsim", standalone_mode=False, obj=typed)
    except click.exceptions.NoArgsIsHelpError as help_text:
        help_text.show()
        sys.exit(FAILED)
    except click.ClickException as error:
        error.show()
        sys.exit(FAILED)
    except (KeyboardInterrupt, click.exceptions.Abort) as stopped:
        click.echo("Stopped.", err=True)
        sys.exit(
            TERMINATED if isinstance(stopped.__cause__ or stopped, Terminated) else INTERRUPTED
        )
    except ChatsimError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(FAILED)
    except BrokenPipeError:
        # Whoever read our output has closed it; there is nobody left to tell.
        sys.stdout = None
        sys.exit(0)
    sys.exit(status if isinstance(status, int) else 0)
