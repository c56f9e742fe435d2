"""The kinds of holds: a row of KINDS for each, with the condition whose failure opens it, its words, and what may be decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calendars.messages import Wording
from workflows import conditions, date_conditions, group_conditions
from workflows.conditions import Condition
from workflows.lesson_studies import STEP_NOT_DONE
from workflows.penalties import TO_BE_DECIDED
from workflows.reviewing import DONE, NOT_REVIEWED, REQUIRED

DATES_OWED = "dates to be determined"
TO_BE_LOOKED_AT = "likeness to be decided"
APPEAL_OVERDUE = "appeal not decided"  # a kind of hold that keeps no phase from moving: it is over by then
BY_DECISION = "decide"  # what such a hold stands before, in the place of a step of a phase


@dataclass(frozen=True)
class Kind:
    """One kind of hold: the condition whose failure opens it, its words, and what an office may decide."""

    name: str
    requires: str | None  # as a calendar's gate calls the condition
    condition: Condition | None
    label: Wording
    explains: Wording  # facts: count, organisations, waits_on, dates, filing, stands, peers, owes, alike, steps, error, how
    clears: Wording
    gone: Wording  # why it cleared by itself
    actions: Mapping[str, Wording]  # what may be decided, with its consequence; facts: people, worth, phase
    apart: bool = False  # it keeps no phase from going on, and goes by the facts alone

    def __hash__(self) -> int:
        return hash(self.name)


POSTPONES = Wording(
    "到新的时间再看；此前批阅并收到的都计入", "it waits until then; what is marked and received before counts"
)
CANCELS = Wording(
    "“{phase}”不再进行；只由它锁定的成绩不再产生。涉及{people}人{worth}",
    "{phase} does not take place; scores that it alone would lock do not come about. It touches {people:person|people}{worth}",
)

KINDS = (
    Kind(
        DATES_OWED, "dates set", date_conditions.dates_set,
        Wording("日期待定", "dates to be determined"),
        Wording("{dates}还没有确定", "{dates} not been set"),
        Wording("{waits_on}确定日期 ({how})", "{waits_on} sets the dates ({how})"),
        Wording("日期已经确定", "the dates have been set"),
        {
            "set dates": Wording("“{phase}”按所定的日期进行；开始日期已过的，马上开始", "{phase} goes by these dates; if the start is past, it opens at once"),
            "extend": Wording("“{phase}”到那时锁定；此前批阅并收到的都计入", "{phase} locks then; what is marked and received before counts"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        "previous phase not complete", "previous done", date_conditions.previous_done,
        Wording("上一阶段未完成", "previous phase not complete"),
        Wording("上一阶段还没有完成", "the phase before this one is not done"),
        Wording("上一阶段完成后自动继续", "it goes on by itself when the phase before is done"),
        Wording("上一阶段已经完成", "the phase before is done"),
        {
            "extend": Wording("“{phase}”推迟到新的时间，到时再看上一阶段是否完成", "{phase} waits until then, and the phase before is asked again"),
            "waive": Wording("不等上一阶段，“{phase}”马上继续", "{phase} goes on at once without the phase before"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        "marking incomplete", "all handed in work marked", conditions.all_marked,
        Wording("批阅未完成", "marking incomplete"),
        Wording("还有{count}份已交作业没有批阅{organisations}", "{count:piece handed in is|pieces handed in are} not marked{organisations}"),
        Wording("{waits_on}批阅完并导入成绩后自动继续", "it goes on by itself when {waits_on} has marked everything and the marks are in"),
        Wording("已交的作业都已批阅", "everything handed in is marked"),
        {
            "extend": POSTPONES,
            "accept": Wording("没有批阅的按零分计：{people}人{worth}；“{phase}”马上继续，到了锁定时间的成绩随即锁定", "what is not marked counts as zero: {people:person|people}{worth}; {phase} goes on at once, and scores whose lock has come are sealed"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        "scores not reported", "all scores reported", conditions.all_scored,
        Wording("学校成绩未报", "scores not reported"),
        Wording("还有{count}人没有学校成绩{organisations}", "{count:person has|people have} no score from their school{organisations}"),
        Wording("{waits_on}报送成绩后自动继续", "it goes on by itself when {waits_on} has reported the scores"),
        Wording("学校成绩都已报送", "every school has reported its scores"),
        {
            "extend": POSTPONES,
            "accept": Wording("没有报送的按零分计：{people}人{worth}；“{phase}”马上继续，到了锁定时间的成绩随即锁定", "what is not reported counts as zero: {people:person|people}{worth}; {phase} goes on at once, and scores whose lock has come are sealed"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        TO_BE_DECIDED, None, conditions.penalties_decided,
        Wording("扣分待定", "penalty to be decided"),
        Wording("有单位没有按时完成规定的任务，是否扣分还没有决定；扣分会使{count}人不合格{organisations}", "a unit missed its duty, and whether its people lose by it is not decided; it would fail {count:person|people}{organisations}"),
        Wording("{waits_on}决定扣分、免除或宽限后继续 (yanxiu penalty)", "it goes on when {waits_on} has decided: apply, waive or extend (yanxiu penalty)"),
        Wording("已经决定，或者已经补齐", "it has been decided, or the duty was done"),
        {
            "apply": Wording("这些单位的{people}人失去有关的考核项；“{phase}”马上继续，到了锁定时间的成绩随即锁定", "the {people:person|people} of these units lose what the penalty costs; {phase} goes on at once, and scores whose lock has come are sealed"),
            "waive": Wording("不扣分；“{phase}”马上继续", "nobody loses anything; {phase} goes on at once"),
            "extend": Wording("给这些单位补齐的时间，锁定也推迟到那时；到时还没有补齐，再作决定", "these units have until then, and the lock waits for it; what is missing then is asked again"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        TO_BE_LOOKED_AT, None, conditions.likeness_decided,
        Wording("雷同待定", "likeness to be decided"),
        Wording("{count}人所交的文字与别人的雷同，最多的相同{alike}%，还没有决定{organisations}", "{count:person has|people have} handed in text that is alike with another's, up to {alike}%, and nothing is decided about it{organisations}"),
        Wording("{waits_on}逐人决定是否雷同后继续 (yanxiu likeness)", "it goes on when {waits_on} has decided about each of them (yanxiu likeness)"),
        Wording("已经逐人决定，或者文字已经更正", "it has been decided about each of them, or the texts were corrected"),
        {
            "extend": Wording("锁定推迟到新的时间，到时再看是否已经逐人决定", "the lock waits until then, and it is asked again"),
            "waive": Wording("没有决定的都不作雷同处理，{people}人的结果不取消；“{phase}”马上继续", "nobody's result is taken away for it, that of {people:person|people}; {phase} goes on at once"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        "filing not accepted", "filing accepted", group_conditions.filing_accepted,
        Wording("上报未完成", "filing not accepted"),
        Wording("“{filing}”还没有获得接收：{stands}{organisations}", "{filing} is not accepted: {stands}{organisations}"),
        Wording("“{filing}”获得接收后自动继续 (filing)", "it goes on by itself when {filing} is accepted (filing)"),
        Wording("上报已获接收", "the filing is accepted"),
        {
            "extend": Wording("“{phase}”推迟到新的时间，到时再看是否已获接收", "{phase} waits until then, and it is asked again"),
            "waive": Wording("不等接收，“{phase}”马上继续", "{phase} goes on at once, accepted or not"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        APPEAL_OVERDUE, None, None,
        Wording("申诉逾期未决", "appeal not decided"),
        Wording("有{count}件申诉到期没有决定{organisations}", "{count:appeal was|appeals were} not decided in time{organisations}"),
        Wording("{waits_on}决定申诉成立或不成立后消除 (yanxiu appeal)", "it is gone when {waits_on} has granted or refused (yanxiu appeal)"),
        Wording("申诉已经决定，或者已经撤回", "the appeals are decided or were taken back"),
        {
            "extend": Wording("这些申诉最迟到那时决定；到时还没有决定，又会卡住", "these appeals are to be decided by then; what is not is told again"),
        },
    ),
    Kind(
        NOT_REVIEWED, REQUIRED, conditions.material_reviewed,
        Wording("材料未审核", "material not reviewed"),
        Wording("还有{count}人的材料没有审核{organisations}", "the material of {count:person|people} is not reviewed{organisations}"),
        Wording("{waits_on}逐人审核完毕后继续 (yanxiu review)", "it goes on when {waits_on} has looked through everybody's material (yanxiu review)"),
        Wording("材料已经审核", "the material has been reviewed"),
        {
            DONE: Wording("材料已经逐人审核；“{phase}”马上继续，到了锁定时间的成绩随即锁定", "everybody's material has been looked through; {phase} goes on at once, and scores whose lock has come are sealed"),
            "extend": Wording("“{phase}”到新的时间再锁定；此前收到的材料和审核的结果都计入", "{phase} locks then; what is received and reviewed before counts"),
            "waive": Wording("不审核，材料按现状计分；“{phase}”马上继续，到了锁定时间的成绩随即锁定", "the material is scored as it is, without a review; {phase} goes on at once, and scores whose lock has come are sealed"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        "peer reviews missing", "peer reviews given", group_conditions.peers_reviewed,
        Wording("互评未完成", "peer reviews missing"),
        Wording("“{peers}”{owes}", "{peers}: {owes}"),
        Wording("{waits_on}在延长的时间之内评完后继续 (extend、peers)，或按现状接受", "it goes on when {waits_on} has given them in extended time (extend, peers), or when it is accepted as it is"),
        Wording("互评已经评完", "the peer reviews are given"),
        {
            "extend": Wording("“{phase}”推迟到新的时间，互评的截止若随它而定，也推迟到那时；到时再看", "{phase} waits until then, and so does the review's own end if it goes by it; it is asked again"),
            "accept": Wording("没有评的不再评；“{phase}”马上继续", "what is not given stays so; {phase} goes on at once"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        STEP_NOT_DONE, None, None,
        Wording("磨课步骤逾期", "lesson study step not done"),
        Wording("到截止没有完成：{steps}", "not done by the deadline: {steps}"),
        Wording("{waits_on}督促完成并登记后自动继续 (steps)", "it clears by itself when {waits_on} has seen to it that the step is done and recorded (steps)"),
        Wording("已经完成", "the step is done"),
        {
            "extend": Wording("本组的这些步骤推迟到新的时间，不超过“{phase}”的结束", "these steps of the group are due by then, no later than the end of {phase}"),
            "waive": Wording("本组免去这些步骤，继续后面的", "the group goes on without these steps"),
        },
        apart=True,
    ),
    Kind(
        "lesson study not complete", "lesson study complete", group_conditions.lesson_study_complete,
        Wording("磨课未完成", "lesson study not complete"),
        Wording("磨课还有{count}步没有完成：{steps}", "{count:step|steps} of the lesson study to be done: {steps}"),
        Wording("各步都完成并登记后自动继续 (steps)", "it goes on by itself when every step is done and recorded (steps)"),
        Wording("磨课已经完成", "the lesson study is complete"),
        {
            "extend": Wording("“{phase}”推迟到新的时间，到时再看磨课是否完成", "{phase} waits until then, and it is asked again"),
            "waive": Wording("不等磨课完成，“{phase}”马上继续", "{phase} goes on at once, complete or not"),
            "cancel": CANCELS,
        },
    ),
    Kind(
        "error", None, None,
        Wording("出错", "error"),
        Wording("夜间推进时出错：{error}", "the night failed here: {error}"),
        Wording("原因消除后，下一夜自动重试", "the next night tries again"),
        Wording("再次推进时没有出错", "the next try went through"),
        {
            "retry": Wording("现在再推进一次；原因没有消除，就还会出错", "it is tried again now, and fails again while the cause is there"),
            "cancel": CANCELS,
        },
    ),
)  # fmt: skip


def actions_of(kind: Kind, detail: Mapping[str, object]) -> tuple[str, ...]:
    """What may be decided about one hold: dates are set of a phase, and a lock is extended to its date."""
    if kind.name != DATES_OWED:
        return tuple(kind.actions)
    other = "set dates" if "cutoff" in detail else "extend"
    return tuple(action for action in kind.actions if action != other)


BY_NAME = {kind.name: kind for kind in KINDS}
BY_CONDITION = {kind.requires: kind for kind in KINDS if kind.requires}
ERROR = BY_NAME["error"]
