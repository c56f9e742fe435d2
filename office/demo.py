"""`yanxiu demo`: every programme's term at work on made-up people, from its files to its seals, in some minutes."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

import calendars
from calendars.messages import Wording, refuse
from calendars.reader import read_calendar
from calendars.term import TermCalendar
from exchange.private_files import make_private, private_folder
from flows.children import ended_like_interrupted
from flows.data_keys import make_data_key
from flows.server import ALREADY, PORT, RunningServer
from flows.serving import Serving
from flows.settings import OfficeSettings
from models.database import open_database
from models.migrating import upgrade
from office.answers import lines
from office.bookmarks import STUCK, TODAY
from office.demo_letters import DemoPost
from office.demo_lists import LISTS, write_lists
from office.demo_operators import appoint_counties, appoint_office
from office.demo_summary import print_summary
from office.demo_terms import OFFICE, import_samples, nights_of, publish_all
from office.words import locale, say, text
from workflows.changes import Changes

app = typer.Typer()

MARK = ".yanxiu-demo"  # says that a folder may be emptied by the next demo
PROGRAMMES = Path(calendars.__file__).parent / "programmes"

NOT_A_DEMO = Wording(
    zh="这个文件夹不是演示用的，里面有东西，不会清空。请用 --home 另选一个",
    en="this folder is not a demo's and is not empty; it is left alone. Choose another with --home",
)
NO_PROGRAMME = Wording(
    zh="没有项目“{slug}”，有：{known}", en="there is no programme {slug!r}; there are: {known}"
)
WAITING = Wording(zh="等待 Prefect 启动……", en="waiting for Prefect to start …")
PAGE = Wording(zh="Prefect 页面：{url}", en="the Prefect page: {url}")
OPENING = Wording(zh="正在打开卡住的班级……", en="opening what is stuck …")
LOOK = Wording(
    zh="另开一个终端，用 YANXIU_HOME={home} yanxiu holds（或 status、explain …）查看。按 Ctrl-C 结束",
    en="In another terminal, look around with YANXIU_HOME={home} yanxiu holds (or status, explain …). Ctrl-C ends",
)


@app.command(
    help=text(
        "演示：建立一个单独的数据库，发布全部学期日历，写出并导入编造的名单、学习记录和评分，启动 Prefect，运行若干个"
        "关键日期的夜间推进，写出要发出的各种表格，显示发生了什么；然后保持运行，直到 Ctrl-C。两次演示的成绩锁定完全"
        "相同。",
        "A demonstration: a database of its own, all term calendars published, made-up rosters, learning records "
        "and marks written to files and imported, the Prefect server started, the nights of some telling dates "
        "run, the lists written that an office sends out, and what happened shown; then it stays up until Ctrl-C. "
        "Two demonstrations give the same seals.",
    )
)
def demo(
    home: Annotated[
        Path,
        typer.Option(
            metavar=text("文件夹", "FOLDER"),
            help=text("演示用的文件夹，每次重新开始", "The demo's own folder; each demo begins anew"),
        ),
    ] = Path("yanxiu-demo"),
    programme: Annotated[
        list[str] | None,
        typer.Option(
            "--programme",
            "-p",
            metavar="SLUG",
            help=text("只演示这个项目，可写几次", "This programme alone; may be repeated"),
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            help=text("Prefect 页面的端口；被占用就用下一个", "The Prefect page's port; if taken, the next")
        ),
    ] = PORT,
    leave: Annotated[
        bool, typer.Option("--exit", help=text("做完就结束，不停留", "End when done instead of staying up"))
    ] = False,
) -> None:
    chosen = _programmes(programme or [])
    home = _fresh(home.absolute())
    engine = open_database(url := f"sqlite:///{home / 'yanxiu.sqlite'}")
    office = OfficeSettings(home=home, database_url=url, locale=locale(), mail_url="")
    make_data_key(office.data_key, office.data_key_file)
    with ended_like_interrupted(), _started_meanwhile(RunningServer(home, port)) as server_started:
        upgrade(engine)
        appoint_office(engine, say(OFFICE))
        publish_all(engine, chosen)
        terms = import_samples(engine, [found for found, _ in chosen], home)
        appoint_counties(engine, terms)
        lines(say(WAITING))
        server = server_started()
        post = DemoPost(engine, office)
        changes = nights_of(engine, terms, _through(server, url), post.send)
        print_summary(engine, changes, home, write_lists(engine, [*terms], home / LISTS), post.told())
        if not leave:
            _stay(server, OfficeSettings(home=home, database_url=url, locale=locale()))


@contextmanager
def _started_meanwhile(server: RunningServer) -> Iterator[Callable[[], RunningServer]]:
    """Start the server, which takes a while, beside other work; what is handed out waits until it is there."""
    with ThreadPoolExecutor(1) as beside:
        starting = beside.submit(server.__enter__)
        try:
            yield starting.result
        finally:
            server.stop()  # if it is still starting, it gives up
            wait([starting])
            server.stop()


def _stay(server: RunningServer, settings: OfficeSettings) -> None:
    """Let the cohorts that are stuck be resolved in the page, until Ctrl-C."""
    lines("", say(OPENING))
    try:
        with Serving(settings, server) as serving:
            found = serving.bookmarks
            lines(say(PAGE(url=found.page)), say(STUCK(url=found.stuck)), say(TODAY(url=found.today)))
            lines(say(LOOK(home=settings.home)))
            serving.watch()
    except KeyboardInterrupt:
        return


def _through(server: RunningServer, url: str) -> Callable[[datetime], Changes]:
    """How a night is run while the server looks on."""
    from flows.by_hand import run_night_through_prefect  # Prefect takes seconds to import

    return lambda at: run_night_through_prefect(at, server, url, locale=locale())


def _programmes(slugs: list[str]) -> list[tuple[TermCalendar, str]]:
    """The calendars that come with the program, with their texts."""
    files = sorted(PROGRAMMES.glob("*.yaml"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    found = [(read_calendar(words, str(file)), words) for file, words in zip(files, texts, strict=True)]
    known = [calendar.programme for calendar, _ in found]
    for slug in slugs:
        if slug not in known:
            raise refuse(NO_PROGRAMME(slug=slug, known=known), "--programme")
    return [(calendar, words) for calendar, words in found if not slugs or calendar.programme in slugs]


def _fresh(home: Path) -> Path:
    """An empty folder, marked as a demo's. Only a demo's own folder is ever emptied."""
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise refuse(NOT_A_DEMO(), str(home))
        _nobody_there(home / "prefect" / "server.lock")
        shutil.rmtree(home)
    private_folder(home)
    (home / MARK).touch()
    make_private(home / "yanxiu.sqlite")
    return home


def _nobody_there(lock: Path) -> None:
    """Raises Refused while the server of an earlier demo runs in the folder."""
    if lock.exists():
        with lock.open() as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise refuse(ALREADY(where=held.read().strip())) from None
