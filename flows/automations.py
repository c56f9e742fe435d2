"""What Prefect does by itself about nights that go wrong: its automations, made from here and kept as they stand here.

Ours are known by the beginning of their names. `yanxiu up` brings them in step at each start; for a work pool,
`python -m flows.automations` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, SendNotification
from prefect.events.schemas.automations import Automation, AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from calendars.messages import Locale, Message, Wording
from flows.alerting import OfficeAlert
from flows.events import CHANNEL_DOWN, NIGHT_DONE, SEALS_KEPT
from flows.leftovers import LEFT_BEHIND
from flows.settings import OfficeSettings, office_settings
from flows.sharing import DEPLOYMENT as HELPING

PREFIX = "yanxiu: "  # of the names of our automations; others are an administrator's own
BLOCK = "yanxiu"
DEPLOYMENT = "nightly/yanxiu"
AT_ONCE = 200  # automations in one answer, which is the most that Prefect gives

LATE = timedelta(minutes=5)  # a poll that is slow, or a worker that starts again, is no reason for an alert
UNBEGUN = timedelta(minutes=15)  # between being taken up and running; a container may have to be fetched
# Five signs of life of our own, and more than one of Prefect's own frequency, which a worker may have (180 s): a
# night that is marked as crashed while it runs is broken off in the middle, one that is marked later does no harm.
SILENT = timedelta(minutes=5)
NO_NIGHT = timedelta(hours=26)  # as `yanxiu status`: a day, and two hours for a night that was slow

# Of a run that is cancelled because another one is going: the server's own words are all that tells it.
COLLIDED = "Deployment concurrency limit reached*"

FAILED = Wording(zh="夜间推进失败", en="a night failed")
CRASHED = Wording(zh="夜间推进中断", en="a night broke off")
CANCELLED = Wording(zh="夜间推进被取消", en="a night was cancelled")
NOT_STARTED = Wording(zh="夜间推进没有按时开始", en="a night has not started in time")
NONE_DONE = Wording(zh="没有夜间推进完成", en="no night has been done")
CHANNEL_IS_DOWN = Wording(zh="发送渠道不通", en="a channel is down")
SEALED = Wording(zh="成绩已锁定", en="scores are sealed")
DIED = Wording(zh="进程已停止的夜间推进", en="a night whose process has died")
NEVER_BEGAN = Wording(zh="取走后没有开始的夜间推进", en="a night that was taken up and never began")

ENDED_BADLY = Wording(
    zh="{run}（排定于{due}）没有做完。班级要么已经推进，要么原样未动；没有做完的由下一夜接着做。\n"
    "请看 yanxiu status 和这次运行的页面；要现在就做，请运行 yanxiu night。\n{page}",
    en="{run}, due at {due}, was not finished. Each cohort is done or not begun; the next night takes up what is "
    "left.\nSee yanxiu status and the page of the run; to have it done now, run yanxiu night.\n{page}",
)
STILL_WAITING = Wording(
    zh="排定于{due}的夜间推进过了{minutes}分钟还没有开始，执行它的进程可能没有运行。\n"
    "请看 yanxiu status，以及 yanxiu up 或 worker 是否在运行；要现在就做，请运行 yanxiu night。\n{page}",
    en="The night due at {due} has not started {minutes} minutes later; the process that should run it may be down.\n"
    "See yanxiu status, and whether yanxiu up or the worker is running; to have it done now, run yanxiu night.\n{page}",
)
NOTHING_DONE = Wording(
    zh="Prefect 已有{hours}小时没有看到夜间推进完成。\n"
    "请看 yanxiu status，以及部署 nightly/yanxiu 的日程是否启用；要现在就做，请运行 yanxiu night。",
    en="Prefect has seen no night done for {hours} hours.\n"
    "See yanxiu status, and whether the schedule of nightly/yanxiu is on; to have it done now, run yanxiu night.",
)
NOTHING_SENT = Wording(
    zh="提醒发不出去：{way} 渠道不通。没有丢失，通了以后按顺序发出。\n"
    "请看 sending/yanxiu 最近一次运行说的原因；改好设置后可运行 yanxiu reminders send。",
    en="Letters cannot be sent: the channel {way} is down. Nothing is lost, and they are sent in their order once it "
    "works.\nThe last run of sending/yanxiu says why; when it is mended, yanxiu reminders send sends them at once.",
)
WITNESS = Wording(
    zh="新锁定{new}次，共{links}次。总校验码：\n{fingerprint}\n"
    "请保存这条消息：数据库被改写时它可以作证。核对：yanxiu seal heads --at 当时的时刻。",
    en="New seals: {new}, in all: {links}. What stands for all of them:\n{fingerprint}\n"
    "Keep this message: it is a witness if the database is written anew. To compare: yanxiu seal heads --at THEN.",
)
MADE_BY_US = Wording(
    zh="由 yanxiu 建立；在这里所做的修改会在下次启动时恢复原样。自己的自动化请用别的名称。",
    en="Made by yanxiu; what is changed here is undone at its next start. Give your own automations another name.",
)

NO_SERVER = Wording(
    zh="没有设置 PREFECT_API_URL，不知道是哪个 Prefect 服务",
    en="PREFECT_API_URL is not set, so it is not known which Prefect server is meant",
)
NO_DEPLOYMENT = Wording(
    zh="这个 Prefect 服务没有部署 {name}。请先运行 prefect deploy --all",
    en="this Prefect server has no deployment {name}. Run prefect deploy --all first",
)
IN_STEP = Wording(
    zh="自动化：新建{made}，改回{changed}，删除{removed}；告警：{channel}",
    en="automations: {made} made, {changed} changed, {removed} removed; alerts: {channel}",
)
ON = Wording(zh="已启用", en="on")
OFF = Wording(zh="没有设置 YANXIU_ALERT_URL", en="YANXIU_ALERT_URL is not set")

# What a template of Prefect's puts in. No message of a run: an error may quote what a file or the database held.
IN_TEMPLATE = {
    "run": "{{ flow_run.name }}",
    "due": "{{ flow_run.expected_start_time }}",
    "page": "{{ flow_run|ui_url }}",
}
NAMES_OF_AN_END = ("Completed", "Overtaken", "Failed", "Crashed", "Cancelled", "Suspended", "Paused")


@dataclass
class InStep:
    """How many automations had to be made, changed and removed."""

    made: int = 0
    changed: int = 0
    removed: int = 0


def keep_in_step(deployment: UUID, settings: OfficeSettings, *helpers: UUID) -> InStep:
    """Make the automations of the night's deployment, and of those that help it, what they are here. Those that only alert
    need a channel, and are about the night alone."""
    with get_client(sync_client=True) as client:
        wanted = {one.name: one for one in crash_automations([deployment, *helpers], settings.locale)}
        if settings.alert_url:
            block = OfficeAlert().save(BLOCK, overwrite=True)
            assert isinstance(block, UUID)
            wanted |= {one.name: one for one in alert_automations(deployment, block, settings.locale)}
        return _bring_in_step(client, wanted)


def _bring_in_step(client: SyncPrefectClient, wanted: dict[str, AutomationCore]) -> InStep:
    steps, missing = InStep(), dict(wanted)
    for found in list(_ours(client)):
        stands = missing.pop(found.name, None)
        if stands is None:
            client.delete_automation(found.id)
            steps.removed += 1
        elif found.model_dump(exclude={"id"}) != stands.model_dump():
            client.update_automation(found.id, _in_full(stands))
            steps.changed += 1
    for one in missing.values():
        client.create_automation(one)
        steps.made += 1
    return steps


def _in_full(one: AutomationCore) -> AutomationCore:
    """With nothing left to defaults: an update sends what was set, and what it lacks stays as somebody made it."""
    return AutomationCore.model_validate(one.model_dump(exclude={"owner_resource"}))


def _ours(client: SyncPrefectClient) -> Iterator[Automation]:
    offset = 0
    while page := client.read_automations(limit=AT_ONCE, offset=offset):
        yield from (found for found in page if found.name.startswith(PREFIX))
        offset += len(page)


def crash_automations(deployments: Sequence[UUID], locale: Locale) -> Iterator[AutomationCore]:
    """A run that nothing runs any more holds the one place that the deployment has: it is marked as crashed."""
    crash = ChangeFlowRunState(
        state=StateType.CRASHED, name="Crashed", message=LEFT_BEHIND().text(locale), force=False
    )
    alive = ["heartbeat", *NAMES_OF_AN_END]
    yield _automation(DIED(), _without(deployments, ["heartbeat"], alive, SILENT), crash, locale)
    begun = ["Running", "Scheduled", *NAMES_OF_AN_END]
    yield _automation(NEVER_BEGAN(), _without(deployments, ["Pending"], begun, UNBEGUN), crash, locale)


def alert_automations(deployment: UUID, block: UUID, locale: Locale) -> Iterator[AutomationCore]:
    """What somebody is told: how a run ended badly, that one has not started, that none is done."""

    def alert(what: Wording, body: Message) -> SendNotification:
        return SendNotification(
            block_document_id=block, subject=_name(what(), locale), body=body.text(locale)
        )

    ended = ENDED_BADLY(**IN_TEMPLATE)
    yield _automation(FAILED(), _state(deployment, "Failed"), alert(FAILED, ended), locale)
    yield _automation(CRASHED(), _state(deployment, "Crashed"), alert(CRASHED, ended), locale)
    by_somebody = _state(deployment, "Cancelled", {"prefect.state-message": f"!{COLLIDED}"})
    yield _automation(CANCELLED(), by_somebody, alert(CANCELLED, ended), locale)
    taken_up = ["Pending", "Running", "Scheduled", *NAMES_OF_AN_END]
    waiting = STILL_WAITING(**IN_TEMPLATE, minutes=round(LATE / timedelta(minutes=1)))
    late = _without([deployment], ["Late"], taken_up, LATE)
    yield _automation(NOT_STARTED(), late, alert(NOT_STARTED, waiting), locale)
    nothing = NOTHING_DONE(hours=round(NO_NIGHT / timedelta(hours=1)))
    yield _automation(NONE_DONE(), _no_night(), alert(NONE_DONE, nothing), locale)
    dead = NOTHING_SENT(way="{{ event.payload.way }}")
    yield _automation(
        CHANNEL_IS_DOWN(), _told("channel.*", CHANNEL_DOWN), alert(CHANNEL_IS_DOWN, dead), locale
    )
    said = WITNESS(**{fact: f"{{{{ event.payload.{fact} }}}}" for fact in ("new", "links", "fingerprint")})
    yield _automation(SEALED(), _told("seals", SEALS_KEPT), alert(SEALED, said), locale)


def _name(what: Message, locale: Locale) -> str:
    return PREFIX + what.text(locale)


def _automation(
    what: Message, trigger: EventTrigger, action: ChangeFlowRunState | SendNotification, locale: Locale
) -> AutomationCore:
    return AutomationCore(
        name=_name(what, locale),
        description=MADE_BY_US().text(locale),
        enabled=True,
        tags=["yanxiu"],
        trigger=trigger,
        actions=[action],
    )


def _of_run(
    posture: Literal[Posture.Reactive, Posture.Proactive],
    deployments: Sequence[UUID],
    after: list[str],
    expect: list[str],
    within: timedelta,
    match: dict[str, str | list[str]] | None = None,
) -> EventTrigger:
    """About each run of these deployments by itself. Without them it would be about every run that there is, suspended ones
    too, which show no sign of life."""
    return EventTrigger(
        posture=posture,
        match={"prefect.resource.id": "prefect.flow-run.*", **(match or {})},
        match_related={
            "prefect.resource.id": [f"prefect.deployment.{one}" for one in deployments],
            "prefect.resource.role": "deployment",
        },
        for_each={"prefect.resource.id"},
        after={f"prefect.flow-run.{name}" for name in after},
        expect={f"prefect.flow-run.{name}" for name in expect},
        threshold=1,
        within=within,
    )


def _state(deployment: UUID, name: str, match: dict[str, str | list[str]] | None = None) -> EventTrigger:
    """A run comes to a state; Prefect names its events by the state's name."""
    return _of_run(Posture.Reactive, [deployment], [], [name], timedelta(0), match)


def _without(
    deployments: Sequence[UUID], after: list[str], expect: list[str], within: timedelta
) -> EventTrigger:
    """One thing happens to a run, and none of the others within the time."""
    return _of_run(Posture.Proactive, deployments, after, expect, within)


def _no_night() -> EventTrigger:
    """The time runs anew from each night that is done. Without `after` Prefect would look at one stretch of this
    length after the other, and a gap across two of them would pass."""
    return EventTrigger(
        posture=Posture.Proactive,
        match={"prefect.resource.id": "yanxiu.night.*"},
        after={NIGHT_DONE},
        expect={NIGHT_DONE},
        threshold=1,
        within=NO_NIGHT,
    )


def _told(of: str, event: str) -> EventTrigger:
    """At each event of ours: of a channel that stops working, the sender tells once."""
    return EventTrigger(
        posture=Posture.Reactive,
        match={"prefect.resource.id": f"yanxiu.{of}"},
        expect={event},
        for_each={"prefect.resource.id"},
        threshold=1,
        within=timedelta(0),
    )


def _deployed(client: SyncPrefectClient, name: str, locale: Locale) -> UUID:
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound:
        sys.exit(NO_DEPLOYMENT(name=name).text(locale))


def main() -> None:
    """Bring the automations of the deployment on the server that PREFECT_API_URL names in step, and say what that
    took."""
    settings = office_settings()
    if not PREFECT_API_URL.value():
        sys.exit(NO_SERVER().text(settings.locale))
    with get_client(sync_client=True) as client:
        night, helping = (_deployed(client, name, settings.locale) for name in (DEPLOYMENT, HELPING))
    steps = keep_in_step(night, settings, helping)
    channel = (ON if settings.alert_url else OFF)()
    sys.stdout.write(IN_STEP(**vars(steps), channel=channel).text(settings.locale) + "\n")


if __name__ == "__main__":
    main()
