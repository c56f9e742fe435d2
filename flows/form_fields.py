"""What an administrator fills in to start a run by hand: each field's name and how to write it, in both languages.

Prefect shows a form's schema as it is, in one language for everybody; so both stand in it.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from calendars.messages import Wording
from exchange.forms import FORMS, Kind
from workflows.cases import LABELS

PROGRAMME = Wording("项目", "programme")
COHORT = Wording("班级", "cohort")
ORGANISATION = Wording("单位", "organisation")
PHASE = Wording("阶段", "phase")
CUTOFF = Wording("截止", "cutoff")
TASK = Wording("任务", "task")
PARTICIPATION = Wording("参训号", "participation")
UNTIL = Wording("推后到", "until")
OPENS = Wording("开始", "opens")
CLOSES = Wording("结束", "closes")
HOLD = Wording("卡住的编号", "hold number")
ACTION = Wording("决定", "decision")
REASON = Wording("理由", "reason")
NAME = Wording("决定人", "who decides")
OPERATOR = Wording("操作员", "operator")
KIND = Wording("哪一种文件", "kind of file")
FILE = Wording("文件名", "file name")
PREVIEW = Wording("只预览", "preview only")
AS_OF = Wording("推进到", "as of")

# What the command calls them, in a problem's place.
OPTIONS = {"--programme": PROGRAMME, "--cohort": COHORT, "--phase": PHASE}

ANY_PROGRAMME = Wording("代号；不写就是全部项目", "its slug; all programmes if left out")
SLUG = Wording("代号，如学期日历中所写", "its slug, as the term calendar says")
ONE_OF_TWO = Wording("班级和单位二者填一", "either a cohort or an organisation")
UNDER = Wording(
    "其下的全部班级；重名时连同上级写，如 甲县/第一小学",
    "all cohorts under it; where several are called so, with those above: COUNTY/SCHOOL",
)
ID_OR_NAME = Wording("代号或名称", "its id or its name")
PHASE_OR_CUTOFF = Wording(
    "代号或名称；阶段和截止二者填一", "id or name; either a phase, whose end is moved, or a cutoff"
)
NUMBER_OF_ONE = Wording(
    "yanxiu explain 显示的参训号；这里不要写姓名和身份证号",
    "its number, as yanxiu explain shows it; no name and no ID number here",
)
TASK_OR_PHASE = Wording("代号或名称；任务和阶段二者填一", "id or name; either a task or a phase")
NAME_OF_CUTOFF = Wording("截止时间的名称，如日历中所写", "its name, as the calendar says")
AN_END = Wording(
    "2024-12-20 是当天 24:00，或写 2024-12-20 17:00", "2024-12-20 is its 24:00; or 2024-12-20 17:00"
)
A_START = Wording(
    "2024-12-20 是当天 00:00，或写 2024-12-20 08:00", "2024-12-20 is its 00:00; or 2024-12-20 08:00"
)
BY_CALENDAR = Wording(
    "不写则按日历。2024-12-20 是当天 24:00", "as the calendar says if left out. 2024-12-20 is its 24:00"
)
FOR_EVER = Wording("永久保存", "kept for ever")
OF_AN_OPERATOR = Wording(
    "操作员的姓名，范围须包含所决定的，永久保存",
    "the name of an operator whose scope covers what is decided; kept for ever",
)
WHO_ACTS = Wording("操作员的姓名，见 yanxiu operator list", "an operator's name, see yanxiu operator list")
OR_THE_PLACE = Wording("或者填项目、班级、阶段", "or say programme, cohort and phase")
WITHOUT_NUMBER = Wording("没有填编号时", "where no number is given")
WHICH = Wording(
    "；".join(f"{action} {LABELS[action].zh}" for action in LABELS if action != "lock"),
    "what this kind of hold allows: see its own form",
)
FOR_EXTEND = Wording("只用于 extend。" + AN_END.zh, "for extend alone. " + AN_END.en)
FOR_SET_DATES = Wording("只用于 set dates。" + A_START.zh, "for set dates alone. " + A_START.en)
CLOSES_SET_DATES = Wording("只用于 set dates。" + BY_CALENDAR.zh, "for set dates alone; " + BY_CALENDAR.en)
WHAT_IT_HOLDS = Wording(
    "；".join(f"{kind} {form.sheet.zh}" for kind, form in FORMS.items()),
    "what the file holds, as docs/files.md says",
)
IN_INBOX = Wording(
    "inbox 文件夹里的文件名，不带路径；学习记录的附件放在 inbox/files",
    "of a file in the folder inbox; no path. What learning records name lies in inbox/files",
)
SAYS_ONLY = Wording(
    "只检查并说明会新增、更改、拒绝多少；去掉勾选才写入",
    "check only and say what would be added, changed, refused; untick it to write",
)
INSTANT = Wording(
    "做完到这一时刻应做的一切；不填就是排定的时刻。不能早于已经推进到的时刻。不带时区的是本单位的时间",
    "do everything due up to this instant; by default the scheduled one. Not before a night that has run. Without a zone "
    "it is the office's own time",
)


def titled(title: Wording, how: Wording | None = None) -> Any:
    """A field under its name in both languages. Prefect sets title and description itself, but adds this last."""
    said = {"title": f"{title.zh} / {title.en}"}
    return Field(json_schema_extra={**said, "description": f"{how.zh} / {how.en}"} if how else {**said})


Programme = Annotated[str, titled(PROGRAMME, SLUG)]
AnyProgramme = Annotated[str, titled(PROGRAMME, ANY_PROGRAMME)]
ProgrammeOfHold = Annotated[str, titled(PROGRAMME, WITHOUT_NUMBER)]
Cohort = Annotated[str, titled(COHORT)]
CohortOrUnit = Annotated[str, titled(COHORT, ONE_OF_TWO)]
CohortOfHold = Annotated[str, titled(COHORT, WITHOUT_NUMBER)]
Organisation = Annotated[str, titled(ORGANISATION, UNDER)]
Phase = Annotated[str, titled(PHASE, ID_OR_NAME)]
PhaseOrCutoff = Annotated[str, titled(PHASE, PHASE_OR_CUTOFF)]
PhaseOrTask = Annotated[str, titled(PHASE, TASK_OR_PHASE)]
Task = Annotated[str, titled(TASK, TASK_OR_PHASE)]
Participation = Annotated[int, titled(PARTICIPATION, NUMBER_OF_ONE)]
PhaseOfHold = Annotated[str, titled(PHASE, WITHOUT_NUMBER)]
Cutoff = Annotated[str, titled(CUTOFF, NAME_OF_CUTOFF)]
Until = Annotated[str, titled(UNTIL, AN_END)]
UntilIfExtended = Annotated[str, titled(UNTIL, FOR_EXTEND)]
Opens = Annotated[str, titled(OPENS, A_START)]
OpensIfSet = Annotated[str, titled(OPENS, FOR_SET_DATES)]
Closes = Annotated[str, titled(CLOSES, BY_CALENDAR)]
ClosesIfSet = Annotated[str, titled(CLOSES, CLOSES_SET_DATES)]
HoldNumber = Annotated[int | None, titled(HOLD, OR_THE_PLACE)]
Action = Annotated[
    Literal["extend", "set dates", "waive", "apply", "accept", "done", "retry", "cancel"],
    titled(ACTION, WHICH),
]
Reason = Annotated[str, titled(REASON, FOR_EVER)]
Name = Annotated[str, titled(NAME, OF_AN_OPERATOR)]
Operator = Annotated[str, titled(OPERATOR, WHO_ACTS)]
KindOfFile = Annotated[Kind, titled(KIND, WHAT_IT_HOLDS)]
FileName = Annotated[str, titled(FILE, IN_INBOX)]
Preview = Annotated[bool, titled(PREVIEW, SAYS_ONLY)]
