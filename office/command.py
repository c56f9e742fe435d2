"""The `yanxiu` command: its list of commands, and what a person is told when something is wrong.

A command's module is imported when the command is typed, so that `yanxiu --help` answers at once.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from calendars.messages import Refused, Wording
from exchange.masks import as_asked, show_in_full
from office.exits import Ends, at_end
from office.typed import at_the_desk
from office.words import locale, name_no_type_of_flags, say, speak_chinese, text, usage_error

ABOUT = text(
    "研修：教师培训的学期，从学期日历到锁定的成绩。\n\n"
    "数据在 YANXIU_HOME（默认 ~/.yanxiu）；数据库可用 YANXIU_DATABASE_URL 另行指定（SQLite 或 PostgreSQL）。"
    "语言由 YANXIU_LOCALE（zh、en）或系统语言决定，时区由 YANXIU_ZONE 决定（默认 Asia/Shanghai）。\n\n"
    "退出码：0完成；1所给的内容有问题；2用法不对；3完成，但需要有人处理（见 status、holds）；70程序出错。",
    "Teacher-training terms (研修), from the term calendar to the sealed scores.\n\n"
    "Data is kept in YANXIU_HOME (by default ~/.yanxiu); YANXIU_DATABASE_URL names another database, SQLite or "
    "PostgreSQL. YANXIU_LOCALE (zh, en) or the system decides the language, YANXIU_ZONE the time zone (by default "
    "Asia/Shanghai).\n\n"
    "Exit codes: 0 done; 1 problems in what was given; 2 wrong usage; 3 done, but somebody should look (see "
    "status, holds); 70 a fault of the program.",
)
SEE_HELP = Wording(zh="用法见 {command} --help", en="See {command} --help")
UNEXPECTED = Wording(
    zh="程序出了错，已做的都已撤回：{error}。详情记在 {file}，请交给管理员",
    en="the program failed, and what was begun is undone: {error}. The details are in {file}, "
    "for your administrator",
)

PREPARE = text("一个学期的准备", "Preparing a term")
RUN = text("每天", "Every day")
STUCK = text("卡住的时候", "When a cohort is stuck")
SCORES = text("成绩", "Scores")
WHOLE = text("整个系统", "The whole system")


@dataclass(frozen=True)
class Entry:
    """One command of the list: the module that has it, and its line on the help page."""

    name: str
    module: str
    panel: str
    about: str


COMMANDS = (
    Entry("init", "setting_up", WHOLE, text("建立或升级数据库", "Make the database, or upgrade it")),
    Entry("up", "setting_up", WHOLE, text("启动 Prefect 页面和夜间任务，直到 Ctrl-C", "Start the Prefect page and the nightly run, until Ctrl-C")),
    Entry("key", "keys", WHOLE, text("数据密钥：更换，有哪些", "Data keys: change, which there are")),
    Entry("person", "people", WHOLE, text("个人信息：保存了什么，删除，保存期满", "Personal data: what is kept, erasing it, retention")),
    Entry("operator", "operators", WHOLE, text("操作员和他们的范围，访问记录", "Operators and their scope, and the log of access")),
    Entry("demo", "demo", WHOLE, text("用编造的学员演示整个系统", "Show everything at work, on made-up people")),
    Entry("doctor", "doctor", WHOLE, text("体检：查看一切是否正常，怎么办", "Look at everything an operator would, and what to do")),
    Entry("backup", "recovery", WHOLE, text("备份数据库和附件，并试着恢复核对", "Back up the database and attachments, and prove it")),
    Entry("restore", "recovery", WHOLE, text("把备份恢复到空的地方", "Restore a backup into an empty place")),
    Entry("move", "moving", WHOLE, text("搬到另一个数据库，如 PostgreSQL", "Move everything into another database, such as PostgreSQL")),
    Entry("calendar", "calendar_feeds", PREPARE, text("学期日历：检查、查看、画图、预演、发布、供订阅", "Term calendars: check, show, draw, rehearse, publish, subscribe")),
    Entry("template", "intake", PREPARE, text("生成要填写的空白表格", "Write a workbook to fill in")),
    Entry("roster", "intake", PREPARE, text("导入学员名单", "Import rosters")),
    Entry("contact", "contacts", PREPARE, text("联系方式：单位的邮箱、班级群的机器人", "Contacts: addresses of organisations, robots of chat groups")),
    Entry("groups", "groups", PREPARE, text("按学校和学科组成研修组", "Form research groups by school and subject")),
    Entry("rubric", "intake", PREPARE, text("导入学校自定的评分细则", "Import the schools' own rubrics")),
    Entry("evidence", "intake", RUN, text("导入学习记录", "Import learning records")),
    Entry("work", "work", RUN, text("把所交的文件写到一个文件夹", "Write the files that were handed in into a folder")),
    Entry("marks", "intake", RUN, text("导入评分", "Import marks")),
    Entry("filing", "filings", RUN, text("上报：报出、审核、退回，各件在哪个环节", "Filings: file, pass, return, and where each case stands")),
    Entry("peers", "peers", RUN, text("互评：各组评谁、评了没有、得了多少", "Peer reviews: who reviews whom, what is owed, what was given")),
    Entry("steps", "steps", RUN, text("磨课：各组做到哪一步，登记、退回", "Lesson studies: where each group stands, steps done and returned")),
    Entry("night", "nights", RUN, text("夜间推进：做完到某一时刻应做的一切", "Run a night: do everything due up to an instant")),
    Entry("status", "nights", RUN, text("各项目各班级走到哪里", "Where every programme and cohort stands")),
    Entry("reminders", "reminder_commands", RUN, text("提醒：写出、预看、发出，谁收不到，退订", "Reminders: written, seen beforehand, sent; who cannot be reached, who unsubscribes")),
    Entry("holds", "nights", STUCK, text("哪些班级卡住了，等谁，怎么办", "Which cohorts are stuck, on whom, and what to do")),
    Entry("set-dates", "decisions", STUCK, text("给待定的阶段定下日期", "Set the dates of a phase to be determined")),
    Entry("extend", "extensions", STUCK, text("延长阶段、截止时间，或个人的任务", "Extend a phase, a cutoff, or one person's task")),
    Entry("waive", "decisions", STUCK, text("免去一个条件，让班级继续", "Waive a condition, so that the cohort goes on")),
    Entry("accept", "decisions", STUCK, text("按现状接受（缺的记零分），让班级继续", "Accept as it is (what is missing counts as zero)")),
    Entry("lock", "decisions", SCORES, text("提前锁定已经结束的阶段", "Lock a phase that has ended before its time")),
    Entry("cancel", "decisions", STUCK, text("取消班级的一个阶段", "Cancel a phase of a cohort")),
    Entry("exception", "exceptions", STUCK, text("对个人的例外：免修、退出、转班、认定以前的学习", "Exceptions for one person: exempt, withdrawn, transferred, …")),
    Entry("review", "reviews", STUCK, text("审核材料：逐人逐项看缺什么，不予接受、恢复接受，审核完毕", "Review of material: what each person lacks; refuse, accept, done")),
    Entry("penalty", "penalties", STUCK, text("单位没有按时完成任务的扣分：看涉及谁，执行、免除或宽限", "Units that missed a duty: whom it costs what; apply, waive or extend")),
    Entry("likeness", "likeness", STUCK, text("雷同：谁的文字与谁的相同，逐人决定", "Likeness: whose texts are alike, and a decision about each")),
    Entry("appeal", "appeals", SCORES, text("申诉：提出、受理、两人决定", "Appeals: filed, taken up, decided by two")),
    Entry("revoke", "appeals", SCORES, text("取消一个人的考核结果", "Take a person's result away")),
    Entry("explain", "verdicts", SCORES, text("逐行说明一个人的成绩", "Explain one person's scores line by line")),
    Entry("results", "verdicts", SCORES, text("导出结果", "Export the results")),
    Entry("lists", "lists", SCORES, text("统计与名单：按单位统计、评优、资源、未选课、未完成", "Statistics by unit, honours, resources, who has not chosen, who owes what")),
    Entry("seal", "verdicts", SCORES, text("核验锁定的成绩没有被改动", "Verify that sealed scores are unchanged")),
)  # fmt: skip


class Commands(TyperGroup):
    """The whole command. It lists the commands without importing them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for entry in COMMANDS:
            self.add_command(TyperCommand(entry.name, help=entry.about, rich_help_panel=entry.panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        entry = next((entry for entry in COMMANDS if entry.name == name), None)
        if entry is not None:
            command = get_group(_loaded(f"office.{entry.module}").app).commands[entry.name]
            at_the_desk.begins(_typed(entry.name, command, rest))
        return name, command, rest

    def main(self, *args: Any, **named: Any) -> Any:
        """Run, and end the process by the exit codes; no traceback reaches a person."""
        try:
            sys.exit(super().main(*args, **{**named, "standalone_mode": False}) or Ends.DONE)
        except typer.TyperException as error:
            _complain([_usage(error)])
            sys.exit(Ends.USAGE)
        except typer.Abort:
            sys.exit(130)
        except Refused as refused:
            _keep_refusals(refused)
            _complain([problem.text(locale()) for problem in refused.problems])
            sys.exit(Ends.PROBLEMS)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read the output has gone
            sys.exit(Ends.DONE)
        except OSError as error:
            _complain([f"{error.filename}: {error.strerror}" if error.filename else str(error)])
            sys.exit(Ends.PROBLEMS)
        except Exception as error:  # noqa: BLE001 (the last door: everything else is a fault of the program)
            _complain([_unexpected(error)])
            sys.exit(Ends.UNEXPECTED)
        finally:
            at_end.close()


def _typed(name: str, command: Any, words: list[str]) -> str:
    """The whole name of the command that is typed, without what is said to it."""
    below = command
    for word in words:
        below = getattr(below, "commands", {}).get(word)
        if below is None:
            break
        name = f"{name} {word}"
    return name


def _loaded(module: str) -> Any:
    """A module with all that it needs. It stays to the end: to look for cycles in it meanwhile would cost a tenth of a second."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


app = typer.Typer(cls=Commands, name="yanxiu", help=ABOUT, no_args_is_help=True, add_completion=False)


@app.callback()
def _yanxiu(
    *,
    in_full: Annotated[
        bool,
        typer.Option(
            "--in-full",
            help=text(
                "完整显示身份证号和手机号，并记入访问记录；默认只显示头尾几位",
                "Show ID numbers and phones in full, which is kept in the access log; without it their middle is hidden",
            ),
        ),
    ] = False,
) -> None:
    """What goes for every command."""
    show_in_full(in_full)
    at_the_desk.shows_in_full(in_full)


def main() -> None:
    """The entry point `yanxiu`."""
    leave_no_memory()
    name_no_type_of_flags()
    if locale() == "zh":
        speak_chinese()
    get_command(app).main(prog_name="yanxiu")


def leave_no_memory() -> None:
    """Have the system write no core of this process, or of one that it begins, when it dies: people are in its memory."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _keep_refusals(refused: Refused) -> None:
    from office.acting import keep_refusals  # a help page needs no database

    keep_refusals(refused.problems)


def _complain(lines: list[str]) -> None:
    for line in lines:
        print(as_asked(line), file=sys.stderr)


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    message = usage_error(error.format_message())
    return f"{message} {say(SEE_HELP(command=context.command_path))}" if context else message


def _unexpected(error: Exception) -> str:
    from flows.faults import kind_of, record  # needed on the worst day only

    return say(UNEXPECTED(error=kind_of(error), file=record(error)))
