"""What each key of a calendar file means, in a sentence: editors show it while a clerk writes."""

from __future__ import annotations

from calendars.messages import Wording
from calendars.rules.base import CREDITS, HOURS, POINTS, RuleBase
from calendars.rules.component import RULES
from calendars.values import CITES

_ID = Wording(zh="代号：小写字母、数字、下划线", en="id: small letters, digits and _")

KEYS: dict[str, dict[str, Wording]] = {
    "TermCalendar": {
        "programme": Wording(zh="项目代号，如 county-2026", en="the programme's own id, like county-2026"),
        "name": Wording(zh="项目名称", en="the programme's name"),
        "zone": Wording(zh="时区，如 Asia/Shanghai", en="the time zone of every day in this file"),
        "source": Wording(zh="依据的文件", en="the document that orders the programme"),
        "tiers": Wording(zh="层级，由上到下", en="the tiers, from the top down; one may be absent"),
        "roles": Wording(zh="角色：代号和名称", en="roles: id and name"),
        "joining": Wording(zh="加入截止：此前加入的为参训学员", en="who joined before this is the roster"),
        "evidence": Wording(zh="学习记录的种类", en="the kinds of evidence"),
        "phases": Wording(zh="阶段，按先后", en="the phases, in their order"),
        "cutoffs": Wording(zh="截止：名称和时间", en="cutoffs: a name and an instant"),
        "tasks": Wording(zh="任务：谁在哪个阶段做什么", en="tasks: who owes what in which phase"),
        "assessments": Wording(zh="考核：对谁、怎样计分、多少合格", en="assessments: of whom, how scored, what passes"),
        "filings": Wording(zh="上报：什么要逐级上报，到哪个环节为止", en="filings: what goes up the tiers, link by link"),
        "peer reviews": Wording(zh="互评：各组互相评价", en="peer reviews: groups look at one another's work"),
        "groups": Wording(zh="组班：按学校和学科组成研修组", en="how learners are formed into groups, by school and subject"),
        "lesson studies": Wording(zh="磨课：研修组依次完成的步骤和各步截止", en="the steps that a group takes in their order, each by its deadline"),
        "gates": Wording(zh="关口：什么条件不满足就停在那里", en="what must hold, or the cohort is held there"),
        "reminders": Wording(zh="提醒：对谁、什么任务、何时", en="reminders: to whom, of which tasks, when"),
        "reminding": Wording(zh="提醒可以在哪些日子、几点到几点发出", en="on which days and in which hours reminders may go out"),
        "penalties": Wording(zh="单位未按时完成的扣分，由人决定", en="what a unit's missed duty costs its people, if a person so decides"),
        "appeals": Wording(zh="申诉：哪项考核，锁定后多久之内", en="appeals: against which assessment, how long after its lock"),
        "extensions": Wording(zh="延长的限度：什么最多延长到什么时候", en="how far at most deadlines may be extended"),
        "exempt": Wording(zh="免修条件：列出的才可以免修", en="the grounds on which a person may be exempt"),
        "likeness": Wording(zh="雷同：哪些文字相互比较，多少相同由人来看", en="which texts are compared, and from how much alike on a person looks"),
        "comparisons": Wording(zh="前后对比，如前测与后测", en="what is compared, such as a test before and one after"),
        "choosing": Wording(zh="选课情况：看哪些任务", en="who has not chosen courses: by which tasks that shows"),
        "statistics": Wording(zh="按区县和单位统计什么", en="what is counted by county and unit"),
        "honours": Wording(zh="评优：从哪项考核的合格者中评选谁", en="who may be proposed, of those who passed an assessment"),
        "resources": Wording(zh="生成性资源：汇总哪些成果", en="what people made that is gathered"),
        "cites": CITES,
    },
    "EvidenceKind": {
        "name": Wording(zh="名称", en="its name"),
        "unit": Wording(zh="单位，默认“次”", en="its unit; by default 次 (times)"),
        "reads": Wording(
            zh="each：逐条相加；running total：每条是累计数，取最大",
            en="each: records are added; running total: each states the sum so far and the greatest counts",
        ),
    },
    "Phase": {
        "id": _ID,
        "kind": Wording(zh="阶段类别", en="the kind of phase"),
        "name": Wording(zh="阶段名称", en="the phase's name"),
        "window": Wording(
            zh="起止：2024-10-25 .. 2024-11-30、2020-11 .. 2021-05、week 2..6 from 2024-10-25、"
            "after 阶段 .. 2024-12-15、when 阶段 is done .. complete、tbd 等",
            en="start and end: 2024-10-25 .. 2024-11-30, 2020-11 .. 2021-05, week 2..6 from 2024-10-25, "
            "after PHASE .. 2024-12-15, when PHASE is done .. complete, tbd",
        ),
        "locks": Wording(
            zh="在哪个截止锁定成绩，默认是阶段结束", en="the cutoff at which its scores lock; by default its end"
        ),
        "own window": Wording(
            zh="inside：单位可在给定范围内自定起止", en="inside: a unit may set its own dates inside the given ones"
        ),
        "complete when": Wording(zh="结束写 complete 时：何时算完成", en="for an end `complete`: what that takes"),
        "cites": CITES,
    },
    "Task": {
        "id": _ID,
        "role": Wording(zh="谁做：角色代号", en="who owes it: a role or several"),
        "phase": Wording(zh="在哪个阶段", en="in which phase"),
        "name": Wording(zh="任务名称", en="the task's name"),
        "shows": Wording(
            zh="以哪些学习记录为准；只凭评分的任务不写",
            en="the kinds of evidence that show it; none if a mark alone does",
        ),
        "needs": Wording(zh="至少多少才算完成", en="how much is asked: 10, 2 a week, or at least and each of"),
        "advised": Wording(zh="建议，只显示不计分", en="advice, shown and not scored"),
        "items": Wording(
            zh="其中的课程、模块等，各有环节和分值", en="its courses or modules, with their steps and worth"
        ),
        "marked by": Wording(zh="谁批阅：角色或层级", en="who marks it: a role or a tier"),
        "marks": Wording(
            zh="评分：由高到低的等级，或分数范围如 0..20 by 0.1",
            en="grades from the best down, or scores such as 0..20 by 0.1",
        ),
        "characters": Wording(zh="至少多少字，不足不计", en="the least number of characters; shorter work does not count"),
        "by": Wording(zh="任务自己的截止，默认是阶段结束", en="its own deadline; by default the end of its phase"),
        "prior": Wording(zh="以前在别处完成的，最多认定多少", en="as much of what was done elsewhere before may be accepted"),
        "cites": CITES,
    },
    "Item": {
        "steps": Wording(zh="哪些环节都要完成，默认是任务的全部", en="the kinds of evidence that make it whole"),
        "hours": HOURS,
        "credits": CREDITS,
        "points": POINTS,
    },
    "Minimum": {
        "at least": Wording(zh="至少多少", en="at least so much"),
        "each of": Wording(zh="各要这么多：模块或种类", en="of each of these items or kinds"),
        "a": Wording(zh="每周", en="in each week"),
    },
    "Results": {
        "pass": Wording(zh="合格叫什么，默认“合格”", en="what a pass is called; by default 合格"),
        "fail": Wording(zh="不合格叫什么，默认“不合格”", en="what a fail is called; by default 不合格"),
        "revoked": Wording(zh="被取消叫什么，默认“取消”", en="what a result that was taken away is called; by default 取消"),
    },
    "Assessment": {
        "id": _ID,
        "of": Wording(zh="考核谁：角色", en="whom it assesses: a role or several"),
        "name": Wording(zh="考核名称", en="its name"),
        "counts": Wording(
            zh="此前发生的才计入，默认是任务所在阶段结束",
            en="evidence counts before this; by default up to the end of the task's phase",
        ),
        "locks": Wording(zh="在哪个截止锁定", en="the cutoff at which it is sealed"),
        "pass": Wording(zh="合格线：80 of 100，或 all of 120", en="the pass mark: 80 of 100, or all of 120"),
        "results": Wording(zh="合格与不合格的叫法", en="what a pass and a fail are called"),
        "grades": Wording(zh="合格以上的等级：名称和最低分，由高到低", en="grades of a pass by the least total, best first"),
        "earns": Wording(
            zh="得到什么：hours: 36、credits: {pass: 2 x total, fail: total}",
            en="what it earns: hours: 36, credits: {pass: 2 x total, fail: total}",
        ),
        "needs": Wording(
            zh="除总分外还须达到的，各项都要满", en="what a pass asks beyond the total; each must reach its figure"
        ),
        "components": Wording(zh="考核项，合计等于满分", en="the components, adding up to the full mark"),
        "cites": CITES,
    },
    "Penalty": {
        "id": _ID,
        "name": Wording(zh="扣分的名称", en="its name"),
        "filing": Wording(zh="单位应按时上报的，没有按时报出即为未报", en="the filing that the unit owes"),
        "tasks": Wording(zh="单位应完成的任务，没有一人按时完成即为未报", en="the tasks that somebody of the unit owes"),
        "of": Wording(zh="哪项考核", en="the assessment"),
        "loses": Wording(zh="失去哪些考核项", en="the components that its people lose"),
        "waits on": Wording(zh="等谁决定：角色或层级", en="who decides: a role or a tier"),
        "if undecided": Wording(zh="没有决定时：hold 卡住，apply 自动生效，waive 自动免除", en="without a decision: hold, apply, or waive"),
        "cites": CITES,
    },
    "Appeals": {
        "of": Wording(zh="哪项考核", en="the assessment"),
        "within": Wording(zh="锁定后多久之内，如 7 days", en="how long after the lock, like 7 days"),
        "decide within": Wording(zh="提出后多久之内应有决定，如 10 workdays；逾期卡住", en="how long after its filing it is to be decided, like 10 workdays; then it is a hold"),
        "waits on": Wording(zh="等谁决定：角色或层级；默认最上一级", en="who decides: a role or a tier; by default the topmost tier"),
        "cites": CITES,
    },
    "Extensions": {
        "of": Wording(zh="什么：任务、截止、end of 阶段、上报；默认一切", en="of what: tasks, cutoffs, end of PHASE, filings; by default of everything"),
        "at most": Wording(zh="比原定最多晚多少，如 2 weeks", en="so much later than planned, like 2 weeks"),
        "until": Wording(zh="或最迟到什么时候，如 end of closing", en="or up to an instant, like end of closing"),
        "cites": CITES,
    },
    "Likeness": {
        "tasks": Wording(zh="哪些任务所交的文字", en="the tasks whose texts are compared"),
        "alike": Wording(zh="相同的部分达到百分之几就由人来看", en="from which share on, of either text, a person looks"),
        "of": Wording(zh="认定雷同后取消哪项考核的结果", en="the assessment whose result may be revoked"),
        "with": Wording(zh="还与哪些以前的项目比较：项目代号", en="former programmes that are looked at too, by their ids"),
        "leave out": Wording(zh="不算在内的文字：题目、引用的文件原文", en="what does not count: prompts, quoted papers"),
        "waits on": Wording(zh="等谁决定：角色或层级", en="who decides: a role or a tier"),
        "cites": CITES,
    },
    "Comparison": {
        "id": _ID,
        "name": Wording(zh="对比的名称", en="its name"),
        "before": Wording(zh="前测的任务", en="the task of the test before"),
        "after": Wording(zh="后测的任务", en="the task of the test after"),
        "cites": CITES,
    },
    "Ground": {
        "name": Wording(zh="免修条件的名称", en="what the ground is called"),
        "hours": Wording(zh="至少已完成多少学时", en="the least hours that must be done already"),
        "cites": CITES,
    },
    "Choosing": {
        "tasks": Wording(zh="哪些任务表明已经选课", en="the tasks that show it"),
        "cites": CITES,
    },
    "Statistics": {
        "of": Wording(zh="哪项考核；各角色分别考核的写几项", en="the assessment, or one for each role"),
        "logged in": Wording(zh="有哪些学习记录就算登录过", en="the kinds of evidence that show it: any record does"),
        "effective": Wording(zh="学到多少算有效学习", en="from how much of a task on learning is effective"),
        "excellent": Wording(zh="优秀：最低总分，或等级的名称", en="the least total, or the name of a grade"),
        "assignments": Wording(zh="作业数：哪些任务", en="the tasks that are assignments"),
        "activities": Wording(zh="活动数：哪些任务", en="the tasks that are activities"),
        "briefs": Wording(zh="简报数：哪些任务", en="the tasks that are briefs"),
        "cites": CITES,
    },
    "Effective": {
        "task": Wording(zh="哪项任务", en="the task"),
        "at least": Wording(
            zh="任务所需的百分之几如50%，或数量；不写就是有记录即可",
            en="a share of what the task needs, such as 50%, or an amount; by default anything",
        ),
    },
    "Honour": {
        "id": _ID,
        "name": Wording(zh="荣誉的名称，如“优秀学员”", en="what it is called"),
        "of": Wording(zh="哪项考核的合格者", en="of those who passed which assessment"),
        "role": Wording(zh="只评这些角色，默认考核的全部角色", en="these roles alone; by default whomever it assesses"),
        "at least": Wording(zh="总分至少多少", en="the least total"),
        "most": Wording(zh="最多占合格人数的百分之几，舍去小数", en="the share of those who passed, rounded down"),
        "within": Wording(
            zh="比例按什么计：cohort 每班，school、county、city、province 每个单位，all 全体（默认）",
            en="of whom the share is taken: each cohort, each unit of a tier, or all, which is the default",
        ),
        "order by": Wording(
            zh="依次按什么排名：total 总分（默认），或考核项，由高到低",
            en="by what candidates are ranked, the highest first: total, which is the default, or components",
        ),
        "cites": CITES,
    },
    "Resource": {
        "id": _ID,
        "name": Wording(zh="资源的名称", en="what it is called"),
        "tasks": Wording(zh="哪些任务所交的", en="what was shown of these tasks"),
        "filing": Wording(zh="或哪项上报中获接收的", en="or the accepted cases of this filing"),
        "cites": CITES,
    },
    "Gate": {
        "before": Wording(
            zh="在什么之前：阶段（开始）、end of 阶段、或锁定的截止",
            en="before what: PHASE (its opening), end of PHASE, or the cutoff at which it locks",
        ),
        "require": Wording(zh="须满足的条件", en="what must hold"),
        "tasks": Wording(zh="只看这些任务，默认全部", en="look at these tasks only; by default at all"),
        "filing": Wording(zh="哪一项上报须已获接收", en="which filing must be accepted"),
        "peers": Wording(zh="哪一项互评须已评完", en="which peer review must be given"),
        "waits on": Wording(zh="等谁：角色或层级", en="on whom the cohort waits: a role or a tier"),
        "cites": CITES,
    },
    "Filing": {
        "id": _ID,
        "name": Wording(zh="上报事项的名称", en="what the filing is called"),
        "form": Wording(zh="表格的名称，默认同事项名称", en="what the office's sheet is called; by default the filing's name"),
        "about": Wording(
            zh="关于什么：person 个人、cohort 班级或研修组（一组一件）、organisation 单位（一个单位一份）、"
            "entry 一项（一个单位可报几项）",
            en="a person, a cohort (one each), an organisation (one each), or an entry (an organisation may file several)",
        ),
        "role": Wording(
            zh="about: person 时：哪些角色；about: cohort 时：由哪些角色报；默认全部",
            en="of whom, for one about a person; who files, for one about a cohort; by default anybody",
        ),
        "owed": Wording(zh="第一个环节的每个单位都要报", en="each organisation of the first link owes one"),
        "every": Wording(zh="week：每周一份", en="week: one each week"),
        "during": Wording(zh="每周一份时：哪个阶段的各周", en="the phase whose weeks are meant"),
        "fields": Wording(zh="要填写的各项", en="what is to be filled in"),
        "chain": Wording(zh="各环节，由下到上", en="the links, from the bottom up"),
        "peers": Wording(zh="about: cohort 时：并列哪一项互评的均分", en="for a cohort: the peer review whose mean is shown beside it"),
        "on acceptance": Wording(zh="withdraw：接收后此人退出", en="withdraw: once accepted, the person is withdrawn"),
        "cites": CITES,
    },
    "PeerReview": {
        "id": _ID,
        "name": Wording(zh="互评的名称", en="what it is called"),
        "role": Wording(zh="由哪个角色代表本组评", en="the role that reviews for its group"),
        "phase": Wording(zh="在哪个阶段", en="in which phase"),
        "opens": Wording(zh="何时分配，此后可以评", en="when groups are assigned, and from when on reviews are taken"),
        "by": Wording(zh="截止，默认是阶段结束", en="when it is over; by default the end of the phase"),
        "each reviews": Wording(zh="每组评几组", en="how many others each group reviews"),
        "within": Wording(
            zh="在哪一级之内互评，由小到大；只有一组的，到下一级。默认全部各组",
            en="the tiers within which, from narrow to wide: a group alone in one goes to the next; by default all groups",
        ),
        "scale": Wording(zh="分数范围如 0..100，或由高到低的等级", en="scores such as 0..100, or grades from the best down"),
        "task": Wording(zh="评完即为这一任务的一条记录", en="the task of which having given all is a record"),
        "shows": Wording(zh="任务以几种记录为准时：哪一种", en="of which kind, where the task shows several"),
        "cites": CITES,
    },
    "FilingField": {
        "name": Wording(zh="表格里的列名", en="its column in the sheet"),
        "type": Wording(
            zh="text 文字（默认）、number 数量、date 日期、choice 选择、table 表格",
            en="text (by default), number, date, choice or table",
        ),
        "required": Wording(zh="yes：必填", en="yes: it must be filled in"),
        "choices": Wording(zh="type: choice 时：可选的内容", en="what may be chosen"),
        "at least": Wording(zh="type: number 时：至少多少，不足的不收", en="of a number: with less it is not taken"),
        "columns": Wording(zh="type: table 时：表格的各栏", en="the columns of a table"),
    },
    "Link": {
        "tier": Wording(zh="哪一级；本人申请不写", en="its tier; none where the person applies"),
        "does": Wording(
            zh="apply 申请、review 审核、collect 汇总、accept 接收",
            en="what it does: apply, review, collect or accept",
        ),
        "name": Wording(zh="环节的叫法", en="what the link is called"),
        "by": Wording(zh="截止，过时不再受理", en="when it is over: from then on nothing is taken"),
        "most": Wording(
            zh="最多上报本级件数的百分之几，舍去小数", en="the share of its own cases that it may pass on, rounded down"
        ),
        "absent": Wording(zh="skip：没有这一级的，由下一环节办理", en="skip: where there is no such tier, the next link follows"),
    },
    "Grouping": {
        "of": Wording(zh="哪个角色的人组成研修组", en="the role whose people are formed into groups"),
        "by": Wording(zh="按什么分：school 学校、subject 学科", en="by what: school, subject"),
        "subjects": Wording(zh="学科，名单的“学科”列只能是这些", en="the subjects: what a roster may say"),
        "at least": Wording(zh="少于这么多人的，与别的学校合组", en="a school with fewer joins another's group"),
        "joins": Wording(zh="在什么范围内合组，如 within county", en="inside which tier schools join, like within county"),
        "leader": Wording(zh="组长的角色", en="the role of whoever leads a group"),
        "posts": Wording(zh="什么职务的人当组长，如 [教研组长, 备课组长]", en="whose post is one of these is proposed to lead"),
        "tutor": Wording(zh="指导教师的角色：一人指导几个组", en="the role of whoever guides groups, several each"),
        "cites": CITES,
    },
    "LessonStudy": {
        "id": _ID,
        "name": Wording(zh="磨课的名称", en="what it is called"),
        "phase": Wording(zh="在哪个阶段进行", en="the phase in which it takes place"),
        "role": Wording(zh="谁代表全组办理，如组长", en="who does it for the group, such as its leader"),
        "waits on": Wording(zh="逾期时等谁：角色或层级", en="on whom a late step waits: a role or a tier"),
        "steps": Wording(zh="步骤，按先后，至少两步", en="the steps in their order, two at least"),
        "cites": CITES,
    },
    "LessonStep": {
        "id": _ID,
        "name": Wording(zh="步骤的名称", en="its name"),
        "by": Wording(zh="截止，在阶段之内，晚于前一步", en="its deadline, inside the phase and after that of the step ahead"),
        "task": Wording(zh="完成这一步即为这一任务的一条记录", en="the task of which having done the step is a record"),
        "shows": Wording(zh="任务以几种记录为准时：哪一种", en="of which kind, where the task shows several"),
    },
    "Escalation": {
        "to": Wording(zh="告知谁：角色或层级", en="whom to tell: a role or a tier"),
        "after": Wording(zh="逾期多久之后，如 2 workdays", en="how long after the deadline, like 2 workdays"),
    },
    "Speaking": {
        "days": Wording(zh="working days：工作日，含调休补班；every day：每天", en="working days, make-up days included; or every day"),
        "hours": Wording(zh="几点到几点，默认 08:00 to 20:00", en="from when to when; by default 08:00 to 20:00"),
        "cites": CITES,
    },
    "Reminder": {
        "filing": Wording(zh="代替 about：哪项上报在该层级的环节", en="instead of about: a filing, at the link of this tier"),
        "obligatory": Wording(zh="no：本人可以退订", en="no: people may unsubscribe it"),
        "to": Wording(
            zh="对谁：角色（各人）或层级（名单）", en="to whom: a role (each person) or a tier (the list)"
        ),
        "about": Wording(zh="哪些任务", en="of which tasks"),
        "before": Wording(zh="在哪个时间之前，默认是任务的截止", en="before which instant; by default the task's deadline"),
        "by": Wording(zh="提前多久，如 [7 days, 1 day]", en="how long before, like [7 days, 1 day]"),
        "on the day": Wording(zh="截止当天也提醒", en="also on the last day"),
        "overdue": Wording(zh="逾期后每天或每周提醒", en="after the deadline, daily or weekly"),
        "when": Wording(
            zh="提醒哪些人：未完成、没有得满、落后于建议进度、还没有开始",
            en="whom: who has not shown it, has not all of it, is behind the advised pace, or has begun nothing",
        ),
        "every": Wording(zh="阶段开始后每天或每周", en="every day or week from the phase's opening"),
        "escalate": Wording(zh="逾期仍未完成时告知上级", en="tell somebody above when it stays undone"),
        "cites": CITES,
    },
}  # fmt: skip


def meaning(definition: str, key: str) -> Wording:
    """What a key of a definition means. Raises KeyError for a key without a sentence, which a test would find."""
    return KEYS[definition][key]


def _sentences(rule: type[RuleBase]) -> dict[str, Wording]:
    """A rule's class says itself what its keys mean."""
    return {
        field.alias or name: sentence
        for kind in (RuleBase, rule)
        for name, field in kind.model_fields.items()
        for sentence in field.metadata
        if isinstance(sentence, Wording)
    }


KEYS |= {rule.__name__: _sentences(rule) for rule in RULES}
