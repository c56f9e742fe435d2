"""Chat messages against a real web server that answers as the robots do."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace

import pytest

from exchange.channels import MINUTE, Outcome, Ready, Sent
from exchange.chat import A_MINUTE, ChatChannel
from exchange.robots import ROBOTS, Robot
from tests.support.robot_server import Posts, robot_server

KEY = "geheim-0123456789"
ADDRESSES = {
    "wecombot": f"wecombot://{KEY}",
    "dingtalk": f"dingtalk://SECgeheim@{KEY.replace('-', '')}",
    "feishu": f"feishu://{KEY}",
    "lark": f"lark://{KEY}",
}
TEXT = "**研修提醒**\n- 王伟：还差3帖"


def message(to: str) -> Ready:
    return Ready(key="k", to=to, title="研修提醒", content=TEXT.encode())


def robots_at(host: str) -> dict[str, Robot]:
    """The same robots on another host: their own path and query stay."""

    def moved(robot: Robot) -> Robot:
        return replace(robot, url=lambda address: f"http://{host}/{robot.url(address).split('/', 3)[3]}")

    return {name: moved(robot) for name, robot in ROBOTS.items()}


def sent(posts: Posts, service: str) -> Sent:
    with robot_server(posts) as host, ChatChannel(robots=robots_at(host), timeout=1) as chat:
        return chat.send(message(ADDRESSES[service]))


@pytest.mark.parametrize("service", ADDRESSES)
def test_each_robot_is_told_in_markdown_as_it_reads_it(service: str) -> None:
    posts = Posts()
    assert sent(posts, service).outcome is Outcome.SENT
    (told,) = posts.told
    assert told == ROBOTS[service].told("研修提醒", TEXT)
    assert KEY.replace("-", "") in posts.paths[0].replace("-", "")
    if service == "dingtalk":
        assert "&timestamp=" in posts.paths[0]
        assert "&sign=" in posts.paths[0]


@pytest.mark.parametrize(
    ("service", "status", "answer", "expected"),
    [
        ("wecombot", 200, '{"errcode": 45009}', Sent(Outcome.DEFERRED, "errcode 45009")),
        (
            "wecombot",
            200,
            '{"errcode": 93000, "errmsg": "invalid webhook url"}',
            Sent(Outcome.REFUSED, "errcode 93000"),
        ),
        ("wecombot", 200, '{"errcode": 40058}', Sent(Outcome.REJECTED, "errcode 40058")),
        ("dingtalk", 200, '{"errcode": 130101}', Sent(Outcome.DEFERRED, "errcode 130101")),
        (
            "dingtalk",
            200,
            '{"errcode": 310000, "errmsg": "keywords"}',
            Sent(Outcome.REJECTED, "errcode 310000"),
        ),
        ("feishu", 200, '{"code": 19001}', Sent(Outcome.REFUSED, "code 19001")),
        ("feishu", 200, '{"code": 11232}', Sent(Outcome.DEFERRED, "code 11232")),
        ("lark", 404, "", Sent(Outcome.REFUSED, "HTTP 404")),
        ("wecombot", 400, "", Sent(Outcome.REJECTED, "HTTP 400")),
        ("wecombot", 302, "", Sent(Outcome.REJECTED, "HTTP 302")),
        ("wecombot", 429, "", Sent(Outcome.DEFERRED, "HTTP 429")),
        ("wecombot", 503, "", Sent(Outcome.DEFERRED, "HTTP 503")),
        ("wecombot", 200, "<html>log in to the network", Sent(Outcome.DEFERRED, "not a robot's answer")),
        ("wecombot", 200, '{"errcode": "0"}', Sent(Outcome.DEFERRED, "not a robot's answer")),
        ("wecombot", 200, "[]", Sent(Outcome.DEFERRED, "not a robot's answer")),
    ],
)
def test_a_refusal_within_a_success_is_a_refusal(
    service: str, status: int, answer: str, expected: Sent
) -> None:
    assert sent(Posts(answers=[(status, answer.encode())]), service) == expected


def test_no_answer_behind_a_whole_message_is_uncertain() -> None:
    for posts in (Posts(pause=2), Posts(drops=True)):
        assert sent(posts, "wecombot") == Sent(Outcome.DEFERRED, "no answer", uncertain=True)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def test_a_host_that_does_not_answer_is_asked_once_and_the_others_go_on() -> None:
    posts = Posts()
    with robot_server(posts) as host, ChatChannel(robots=robots_at(host), timeout=1) as chat:
        dead = f"json://127.0.0.1:{free_port()}/hook"
        assert chat.send(message(dead)) == Sent(Outcome.DEFERRED, "no connection")
        assert chat.send(message(ADDRESSES["wecombot"])).outcome is Outcome.SENT
    with ChatChannel(robots=robots_at(f"127.0.0.1:{free_port()}")) as chat:
        assert chat.send(message(ADDRESSES["wecombot"])) == Sent(Outcome.DEFERRED, "no connection")
        assert not chat.send(message(ADDRESSES["wecombot"])).uncertain


@pytest.mark.parametrize("service", ["wecombot", "json"])
def test_each_robot_takes_twenty_a_minute(service: str) -> None:
    now = [0.0]

    def clock() -> float:
        return now[0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    posts = Posts(clock=clock)
    with robot_server(posts) as host, ChatChannel(clock=clock, sleep=sleep, robots=robots_at(host)) as chat:
        address = ADDRESSES.get(service, f"json://{host}/hook")
        for _ in range(45):
            assert chat.send(message(address)).outcome is Outcome.SENT
        other = chat.send(message(f"json://{host}/another"))
    assert other.outcome is Outcome.SENT
    assert len(posts.at) == 46
    windows = [posts.at[at + A_MINUTE] - posts.at[at] for at in range(45 - A_MINUTE)]
    assert min(windows) >= MINUTE
    assert posts.at[-1] == posts.at[-2], "another robot has its own twenty"


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        (Posts(), Sent(Outcome.SENT)),
        (Posts(answers=[(404, b"")]), Sent(Outcome.REFUSED, "HTTP 404")),
        (Posts(answers=[(422, b"")]), Sent(Outcome.REJECTED, "HTTP 422")),
        (Posts(answers=[(500, b"")]), Sent(Outcome.DEFERRED, "HTTP 500")),
        (Posts(pause=3), Sent(Outcome.DEFERRED, "no answer", uncertain=True)),
        (Posts(drops=True), Sent(Outcome.DEFERRED, "no answer", uncertain=True)),
    ],
)
def test_a_webhook_of_ones_own(posts: Posts, expected: Sent) -> None:
    with robot_server(posts) as host, ChatChannel() as chat:
        assert chat.send(message(f"json://me:{KEY}@{host}/hook?rto=1")) == expected
    assert posts.told[0]["message"] == TEXT


@pytest.mark.parametrize(
    "address", ["", "no address", "nothing://x", "json://", f"wecombot://{KEY} wecombot://another"]
)
def test_what_is_no_address_of_one_robot_is_refused(address: str) -> None:
    with ChatChannel() as chat:
        assert chat.send(message(address)).outcome is Outcome.REFUSED


def test_no_address_is_ever_written(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    for status in (200, 404, 500):
        posts = Posts(answers=[(status, b'{"errcode": 1}')])
        with robot_server(posts) as host, ChatChannel(robots=robots_at(host)) as chat:
            for address in (*ADDRESSES.values(), f"json://me:{KEY}@{host}/{KEY}", f"wecombot://{KEY}!"):
                assert "geheim" not in repr((chat.send(message(address)), message(address)))
    told = capfd.readouterr()
    assert "geheim" not in caplog.text + told.out + told.err


def test_a_message_that_is_not_to_go_after_all_is_not_posted() -> None:
    posts = Posts()
    with robot_server(posts) as host, ChatChannel(robots=robots_at(host), timeout=1) as chat:
        assert chat.send(message(ADDRESSES["wecombot"]), lambda: False) == Sent(Outcome.WITHHELD)
    assert posts.told == []
