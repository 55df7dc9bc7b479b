"""The machine that a script measures on, for whoever reads its figures later."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def machine() -> str:
    """Processor, cores, memory and Python in a line."""
    model = platform.processor() or platform.machine()
    try:
        info = Path("/proc/cpuinfo").read_text()
    except OSError:
        info = ""
    for line in info.splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    python = platform.python_version()
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {python}"


def load() -> str:
    """How busy the machine is with everything."""
    return "load of {:.1f}, {:.1f} and {:.1f} in the last 1, 5 and 15 minutes".format(
        *os.getloadavg()
    )


def peak_bytes() -> int | None:
    """The most memory that this process held; None where the system does not say.

    The kernel's count for children (ru_maxrss) would hold the parent's as well.
    """
    try:
        status = STATUS.read_text()
    except OSError:
        return None
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def forget_peak() -> None:
    """The peak counts from now on; where the system cannot, it stays that of the whole process."""
    with contextlib.suppress(OSError):
        CLEAR.write_text("5")
