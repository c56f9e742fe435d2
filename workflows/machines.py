"""The machines: one table each, the only place where `transitions` is used.

A row says which trigger leads from which state to which, and why. Automatic transitions are off, so a state
that no row leads to cannot be reached. `move` is the one door; bulk moves read the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from transitions import EventData, Machine, MachineError

from calendars.messages import Locale, Wording


class Moving(Protocol):
    """What a machine moves: anything with a state; a held phase remembers in `held_from` where it was held."""

    state: str


@dataclass(frozen=True)
class Row:
    trigger: str
    source: str
    target: str
    why: Wording
    held_from: str | None = None  # the row holds only for what was held in this state


@dataclass(frozen=True)
class State:
    name: str
    label: Wording


@dataclass(frozen=True)
class Table:
    """A machine as a table. `initial` is where everything begins, `final` where it may end."""

    name: str
    states: tuple[State, ...]
    rows: tuple[Row, ...]
    initial: str
    final: frozenset[str]


PHASE = Table(
    name="phase",
    initial="planned",
    final=frozenset({"done", "cancelled"}),
    states=(
        State("planned", Wording("未开始", "planned")),
        State("open", Wording("进行中", "open")),
        State("closing", Wording("收尾", "closing")),
        State("locked", Wording("已锁定", "locked")),
        State("done", Wording("已完成", "done")),
        State("held", Wording("卡住", "held")),
        State("cancelled", Wording("已取消", "cancelled")),
    ),
    rows=(
        Row("open", "planned", "open", Wording("到了开始时间", "its start has come")),
        Row("close", "open", "closing", Wording("到了结束时间, 此后的学习不计", "its end has come; later work does not count")),
        Row("lock", "closing", "locked", Wording("到了锁定时间, 成绩封存", "its lock has come; scores are sealed")),
        Row("finish", "locked", "done", Wording("锁定之后再无事项", "nothing is left after the lock")),
        Row("hold", "planned", "held", Wording("开始的条件不具备", "what must hold to open does not")),
        Row("hold", "open", "held", Wording("结束的条件不具备", "what must hold to end does not")),
        Row("hold", "closing", "held", Wording("锁定的条件不具备", "what must hold to lock does not")),
        Row("release", "held", "planned", Wording("卡住的原因已消除", "the cause is gone"), held_from="planned"),
        Row("release", "held", "open", Wording("卡住的原因已消除", "the cause is gone"), held_from="open"),
        Row("release", "held", "closing", Wording("卡住的原因已消除", "the cause is gone"), held_from="closing"),
        Row("cancel", "planned", "cancelled", Wording("单位决定取消", "the office cancelled it")),
        Row("cancel", "open", "cancelled", Wording("单位决定取消", "the office cancelled it")),
        Row("cancel", "closing", "cancelled", Wording("单位决定取消", "the office cancelled it")),
        Row("cancel", "held", "cancelled", Wording("单位决定取消", "the office cancelled it")),
    ),
)  # fmt: skip

ENROLMENT = Table(
    name="enrolment",
    initial="enrolled",
    final=frozenset({"completed", "incomplete", "exempt", "withdrawn", "transferred"}),
    states=(
        State("enrolled", Wording("已报名", "enrolled")),
        State("active", Wording("在训", "active")),
        State("completed", Wording("结业", "completed")),
        State("incomplete", Wording("未结业", "incomplete")),
        State("exempt", Wording("免修", "exempt")),
        State("withdrawn", Wording("退出", "withdrawn")),
        State("transferred", Wording("转出", "transferred")),
    ),
    rows=(
        Row("begin", "enrolled", "active", Wording("第一个阶段开始", "the first phase opens")),
        Row("complete", "active", "completed", Wording("各项考核均合格", "every assessment is passed")),
        Row(
            "complete",
            "enrolled",
            "completed",
            Wording("最后一个阶段开始之后报名，各项考核均合格", "joined after the last opening, passed"),
        ),
        Row("fall_short", "active", "incomplete", Wording("有考核不合格", "an assessment is not passed")),
        Row(
            "fall_short",
            "enrolled",
            "incomplete",
            Wording("最后一个阶段开始之后报名，有考核不合格", "joined after the last opening, not passed"),
        ),
        Row(
            "restore",
            "incomplete",
            "completed",
            Wording("成绩更正后各项考核均合格", "after a correction every assessment is passed"),
        ),
        Row(
            "lose",
            "completed",
            "incomplete",
            Wording("成绩更正后有考核不合格", "after a correction an assessment is not passed"),
        ),
        Row("exempt", "enrolled", "exempt", Wording("符合免修条件", "a reason for exemption")),
        Row("exempt", "active", "exempt", Wording("符合免修条件", "a reason for exemption")),
        Row("readmit", "exempt", "enrolled", Wording("免修取消", "the exemption is taken back")),
        Row("transfer", "enrolled", "transferred", Wording("转到另一个班级", "to another cohort")),
        Row("transfer", "active", "transferred", Wording("转到另一个班级", "to another cohort")),
        Row("return", "transferred", "enrolled", Wording("转回来", "transferred back")),
        Row("withdraw", "enrolled", "withdrawn", Wording("退出", "withdrawal")),
        Row("withdraw", "active", "withdrawn", Wording("退出", "withdrawal")),
        Row("withdraw", "exempt", "withdrawn", Wording("退出", "withdrawal")),
    ),
)

APPEAL = Table(
    name="appeal",
    initial="filed",
    final=frozenset({"granted", "refused", "withdrawn"}),
    states=(
        State("filed", Wording("已提出", "filed")),
        State("taken_up", Wording("已受理", "taken up")),
        State("unattended", Wording("逾期未受理", "overdue, not taken up")),
        State("undecided", Wording("逾期未决定", "overdue, not decided")),
        State("granted", Wording("申诉成立", "granted")),
        State("refused", Wording("申诉不成立", "refused")),
        State("withdrawn", Wording("已撤回", "withdrawn")),
    ),
    rows=(
        Row("take_up", "filed", "taken_up", Wording("受理申诉", "somebody looks into it")),
        Row("take_up", "unattended", "undecided", Wording("受理申诉", "somebody looks into it")),
        Row("fall_due", "filed", "unattended", Wording("应作决定的期限已到", "the time to decide is over")),
        Row("fall_due", "taken_up", "undecided", Wording("应作决定的期限已到", "the time to decide is over")),
        *(
            Row("extend", late, state, Wording("办公室延长了期限", "the office gives more time"))
            for late, state in (
                ("filed", "filed"), ("taken_up", "taken_up"), ("unattended", "filed"), ("undecided", "taken_up")
            )
        ),
        *(
            row
            for state in ("taken_up", "undecided")
            for row in (
                Row("grant", state, "granted", Wording("两人决定成立，成绩更正并封存", "two decide that it stands; the correction is sealed")),
                Row("refuse", state, "refused", Wording("两人决定不成立", "two decide that it does not stand")),
            )
        ),
        *(
            Row("withdraw", state, "withdrawn", Wording("本人撤回", "taken back by the person"))
            for state in ("filed", "taken_up", "unattended", "undecided")
        ),
    ),
)  # fmt: skip

FILING = Table(
    name="filing",
    initial="due",
    final=frozenset({"accepted", "refused", "taken_back", "lapsed"}),
    states=(
        State("due", Wording("待报", "to be filed")),
        State("passing", Wording("办理中", "on its way")),
        State("returned", Wording("退回", "returned")),
        State("taken_back", Wording("撤回", "taken back")),
        State("accepted", Wording("已接收", "accepted")),
        State("refused", Wording("不予接收", "refused")),
        State("lapsed", Wording("逾期失效", "lapsed")),
    ),
    rows=(
        Row("apply", "due", "passing", Wording("第一个环节报出", "the first link files it")),
        Row("apply", "returned", "passing", Wording("修改后重报", "it is filed anew")),
        Row("apply", "taken_back", "passing", Wording("撤回后重报", "it is filed anew")),
        Row("pass", "passing", "passing", Wording("所在环节通过, 到下一环节", "its link passes it on to the next")),
        Row("accept", "passing", "accepted", Wording("最后一个环节接收", "the last link accepts it")),
        Row("return", "passing", "returned", Wording("所在环节退回, 写明理由", "its link returns it with a reason")),
        Row("refuse", "passing", "refused", Wording("所在环节不予接收, 写明理由", "its link refuses it with a reason")),
        Row("take_back", "passing", "taken_back", Wording("报出者撤回", "whoever filed it takes it back")),
        Row("take_back", "returned", "taken_back", Wording("报出者撤回", "whoever filed it takes it back")),
        Row("lapse", "due", "lapsed", Wording("到截止没有报出", "its deadline came, and it was not filed")),
        Row("lapse", "passing", "lapsed", Wording("到截止所在环节没有办理", "its deadline came, and its link had not acted")),
        Row("lapse", "returned", "lapsed", Wording("到截止没有重报", "its deadline came, and it was not filed anew")),
        Row("lapse", "taken_back", "lapsed", Wording("到截止没有重报", "its deadline came, and it was not filed anew")),
        *(
            Row("extend", "lapsed", state, Wording("办公室延长了截止", "the office extended its deadline"), held_from=state)
            for state in ("due", "passing", "returned", "taken_back")
        ),
    ),
)  # fmt: skip

LESSON_STUDY = Table(
    name="lesson study",
    initial="not_begun",
    final=frozenset({"complete"}),
    states=(
        State("not_begun", Wording("未开始", "not begun")),
        State("going", Wording("进行中", "going on")),
        State("overdue", Wording("有步骤逾期", "a step is overdue")),
        State("complete", Wording("已完成", "complete")),
    ),
    rows=(
        Row("do", "not_begun", "going", Wording("做完第一步", "the first step is done")),
        Row("do", "going", "going", Wording("做完下一步", "the next step is done")),
        Row("do", "overdue", "going", Wording("补上逾期的一步", "the step that is late is done")),
        Row("finish", "going", "complete", Wording("各步都已完成或免去", "every step is done or waived")),
        Row("fall_behind", "not_begun", "overdue", Wording("到截止没有做完", "a deadline came, and the step was not done")),
        Row("fall_behind", "going", "overdue", Wording("到截止没有做完", "a deadline came, and the step was not done")),
        Row("return", "going", "going", Wording("退回最后一步, 写明理由", "the last step is returned with a reason")),
        Row("return", "overdue", "going", Wording("退回最后一步, 写明理由", "the last step is returned with a reason")),
        Row("return", "complete", "going", Wording("退回最后一步, 写明理由", "the last step is returned with a reason")),
        *(
            Row("extend", state, "going", Wording("办公室延长了一步的截止", "the office extended the deadline of a step"))
            for state in ("not_begun", "going", "overdue")
        ),
        *(
            Row("waive", state, "going", Wording("办公室免去一步", "the office waived a step"))
            for state in ("not_begun", "going", "overdue")
        ),
    ),
)  # fmt: skip

TABLES = (PHASE, ENROLMENT, APPEAL, FILING, LESSON_STUDY)


def _machine(table: Table) -> Machine:
    machine = Machine(
        model=None,
        states=[state.name for state in table.states],
        initial=table.initial,
        auto_transitions=False,
        send_event=True,
    )
    for row in table.rows:
        was_held = None if row.held_from is None else _held_in(row.held_from)
        machine.add_transition(row.trigger, row.source, row.target, conditions=was_held)
    return machine


def _held_in(state: str) -> Callable[[EventData], bool]:
    return lambda event: getattr(event.model, "held_from", None) == state


_MACHINES = {table.name: _machine(table) for table in TABLES}


class ImpossibleMove(Exception):
    """A trigger that the table does not allow in this state: an error of the program, never of a user."""


def move(table: Table, moving: Moving, trigger: str) -> tuple[str, str]:
    """Fire one trigger: changes `moving.state` and returns (source, target). Raises ImpossibleMove."""
    source = moving.state
    target = _target(table.name, trigger, source, getattr(moving, "held_from", None))
    if target is None:
        raise ImpossibleMove(f"{table.name}: {trigger} from {source}")
    moving.state = target
    return source, target


@dataclass
class _Probe:
    state: str
    held_from: str | None


@cache
def _target(machine: str, trigger: str, state: str, held_from: str | None) -> str | None:
    """Where the machine goes, asked once for each case: thousands of cohorts move alike."""
    probe = _Probe(state, held_from)
    try:
        fired = _MACHINES[machine].events[trigger].trigger(probe)
    except (MachineError, KeyError):
        return None
    return probe.state if fired else None


def allows(table: Table, state: str, trigger: str) -> bool:
    """Whether some row leads from this state by this trigger, whatever else must hold."""
    return any((row.trigger, row.source) == (trigger, state) for row in table.rows)


def bulk_moves(table: Table, trigger: str) -> list[tuple[str, str]]:
    """The (source, target) pairs of a trigger, for a move written as SQL. Refuses rows with a condition."""
    found = _MACHINES[table.name].get_transitions(trigger)
    if any(transition.conditions for transition in found):
        raise ImpossibleMove(f"{table.name}: {trigger} has conditions that SQL cannot see")
    return [(transition.source, str(transition.dest)) for transition in found]


def table_problems(table: Table) -> list[str]:
    """What is wrong with a table itself: states that no row knows, that nothing reaches or nothing leaves."""
    names = {state.name for state in table.states}
    unknown = {name for row in table.rows for name in (row.source, row.target)} - names
    reached, frontier = {table.initial}, [table.initial]
    while frontier:
        state = frontier.pop()
        for row in table.rows:
            if row.source == state and row.target not in reached:
                reached.add(row.target)
                frontier.append(row.target)
    left = {row.source for row in table.rows}
    return (
        [f"unknown state {name}" for name in sorted(unknown)]
        + [f"unreachable state {name}" for name in sorted(names - reached)]
        + [f"no way out of {name}" for name in sorted(names - left - table.final)]
    )


def mermaid(table: Table, locale: Locale = "zh") -> str:
    """The picture of a table as mermaid text: names in ASCII, labels in the office's language."""
    states = [f"    {state.name}: {state.label().text(locale)}" for state in table.states]
    lines = ["stateDiagram-v2", *states, f"    [*] --> {table.initial}"]
    for row in table.rows:
        why = row.why().text(locale).replace(";", ",")  # a semicolon ends a mermaid statement
        lines.append(f"    {row.source} --> {row.target}: {row.trigger} ({why})")
    lines += [f"    {name} --> [*]" for name in sorted(table.final)]
    return "\n".join(lines) + "\n"
