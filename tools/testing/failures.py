"""Which cases of a suite failed, in the words of its output. Pure: text in, lines out."""

import re

LINES_MAX = 60

# Four kinds of output: pytest with the lines that say why, Google Test, node's TAP, and the line of a fault case.
TELLING = re.compile(
    r"^(?:(?:FAILED|ERROR) \S"
    r"|E   +\S"
    r"|fault: failed "
    r"|(?:\d+: )?\[ *FAILED *\] \S+ \(\d+ ms\)"
    r"|(?:\d+: )?\S+:\d+: Failure$"
    r"|\s*not ok )"
)


def what_failed(output: str) -> list[str]:
    """The telling lines in their order, each once; of more than LINES_MAX the last ones, which hold the names."""
    found = dict.fromkeys(line for line in output.splitlines() if TELLING.match(line))
    return list(found)[-LINES_MAX:]
