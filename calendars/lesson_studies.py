"""Lesson studies (磨课): the steps that a group goes through in their order inside a phase, each by its own deadline."""

from __future__ import annotations

from pydantic import Field

from calendars.values import Cited, Definition, Identifier, TimeText


class LessonStep(Definition):
    id: Identifier
    name: str
    by: TimeText  # at this instant it is late; it may still be done
    task: str | None = None  # of the role: having done the step is a record of it
    shows: str | None = None  # of which kind, where the task shows several


class LessonStudy(Cited):
    """What one group does together; no step can be skipped."""

    id: Identifier
    name: str
    phase: str
    role: str  # who does it for the group, such as its leader
    waits_on: str = Field(alias="waits on")  # who sees to it that a late step is done: a role or a tier
    steps: tuple[LessonStep, ...]

    def step(self, step_id: str) -> LessonStep:
        return next(step for step in self.steps if step.id == step_id)
