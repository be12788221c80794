"""How control leaves statements, and the hidden variables that carry it.

Leaving early is carried by hidden variables, so that branches and loops treat them like any other: `RETURNED`, `BROKEN` and
`CONTINUED` are bools, `RESULT` holds what was returned.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

RETURNED, BROKEN, CONTINUED, RESULT = "<returned>", "<broken>", "<continued>", "<result>"
FLAGS = (RETURNED, BROKEN, CONTINUED)
HIDDEN = (*FLAGS, RESULT)


class Exit(enum.Enum):
    """One way out of a list of statements."""

    FALL = "reach the end"
    BREAK = "break"
    CONTINUE = "continue"
    RETURN = "return"


Outcome: TypeAlias = frozenset[Exit]
"""The ways on which control may leave; none at all after ``raise``."""

FALLS: Outcome = frozenset({Exit.FALL})
RETURNS: Outcome = frozenset({Exit.RETURN})
NEVER: Outcome = frozenset()
