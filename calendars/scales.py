"""What can be given for a piece of work: grades from the best down, or scores in steps."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from calendars.messages import UnreadableError, Wording
from calendars.quantities import read_hundredths
from calendars.values import Definition

NOT_A_SCALE = Wording(
    zh="应写成由高到低的等级，如 [优秀, 良好, 合格]，或分数范围，如 0..20 by 0.1",
    en="grades from best to worst are expected, such as [优秀, 良好, 合格], or scores such as 0..20 by 0.1",
)
NO_STEP = Wording(zh="分数间隔应大于0", en="the step between scores should be above 0")


class Scale(Definition):
    """The marks that can be given: grades from best to worst, or scores from `low` to `high` by `step`."""

    grades: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    step: int = 0

    def admits(self, score: int) -> bool:
        return self.low <= score <= self.high and (score - self.low) % self.step == 0


_SCALE = re.compile(r"([0-9.]+?) *\.\. *([0-9.]+)(?: by ([0-9.]+))?")


def _scale(value: Any) -> Any:
    if isinstance(value, list | tuple) and all(isinstance(grade, str) for grade in value):
        return Scale(grades=tuple(value))
    if isinstance(value, str) and (match := _SCALE.fullmatch(value.strip())):
        low, high, step = (read_hundredths(part or "1") for part in match.groups())
        if step == 0:
            raise UnreadableError(NO_STEP())
        return Scale(low=low, high=high, step=step)
    if isinstance(value, Scale):
        return value
    raise UnreadableError(NOT_A_SCALE())


_Scores = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^({_SCALE.pattern})$"})]
Marks = Annotated[Scale, BeforeValidator(_scale, json_schema_input_type=tuple[str, ...] | _Scores)]
