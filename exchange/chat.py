"""Letters to chat groups, through their robots, and to any other address that Apprise can send to.

One robot that does not answer is no reason to keep from the others: it is put off, and so is whatever else is for its host
while the channel is open. The robots of WeCom and DingTalk take 20 messages a minute.
"""

from __future__ import annotations

import http.client
import json
import logging
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from exchange.apprise_addresses import BRAND, read_addresses
from exchange.channels import Go, Outcome, Pace, Ready, Sent, at_once
from exchange.robots import ROBOTS, Robot, by_answer, by_status

A_MINUTE = 20  # for each robot
SECONDS = 20  # of silence, after which a robot counts as hanging
NO_CONNECTION = Sent(Outcome.DEFERRED, "no connection")
NO_ANSWER = Sent(Outcome.DEFERRED, "no answer", uncertain=True)
NO_ROBOT = Sent(Outcome.REFUSED, "not an address of a robot")


class ChatChannel:
    """Chat messages, each to its robot. `robots` are the services whose answers are read."""

    def __init__(
        self,
        *,
        a_minute: int = A_MINUTE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        robots: Mapping[str, Robot] = ROBOTS,
        timeout: float = SECONDS,
    ) -> None:
        self._a_minute, self._clock, self._sleep = a_minute, clock, sleep
        self._robots = robots
        self._timeout = timeout
        self._read: dict[str, Any] = {}
        self._paces: dict[str, Pace] = {}
        self._silent: set[str] = set()  # hosts with which there was no connection
        self._opener = urllib.request.build_opener(_Unmoved)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._silent.clear()

    def send(self, ready: Ready, go: Go = at_once) -> Sent:
        """Send one message. What cannot be sent now, for whatever reason, is put off."""
        address = self._address(ready.to)
        if address is None:
            return NO_ROBOT
        robot = self._robots.get(address.secure_protocol)
        url = robot.url(address) if robot else ""
        host = urlsplit(url).netloc if robot else f"{address.host}:{address.port}"
        if host in self._silent:
            return NO_CONNECTION
        with self._pace(ready.to):
            if not go():
                return Sent(Outcome.WITHHELD)
            sent = self._post(robot, url, ready) if robot else self._by_apprise(address, ready)
        if sent in (NO_CONNECTION, NO_ANSWER):
            self._silent.add(host)
        return sent

    def _address(self, text: str) -> Any:
        """What Apprise reads in an address: one, and not several."""
        if text not in self._read:
            found = list(read_addresses(text) or ())
            self._read[text] = found[0] if len(found) == 1 else None
        return self._read[text]

    def _pace(self, text: str) -> Pace:
        return self._paces.setdefault(text, Pace(self._a_minute, self._clock, self._sleep))

    def _post(self, robot: Robot, url: str, ready: Ready) -> Sent:
        told = json.dumps(robot.told(ready.title, ready.content.decode()), ensure_ascii=False).encode()
        request = urllib.request.Request(  # noqa: S310 - the table says http or https
            url, told, {"Content-Type": "application/json; charset=utf-8", "User-Agent": BRAND}
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return by_answer(robot, answer.read())
        except urllib.error.HTTPError as error:
            error.close()
            return by_status(error.code)
        except urllib.error.URLError:  # raised before all of it was sent
            return NO_CONNECTION
        except (OSError, http.client.HTTPException):
            return NO_ANSWER

    def _by_apprise(self, address: Any, ready: Ready) -> Sent:
        """Apprise says yes or no, and why in its log, which is listened to and goes no further."""
        heard = _Heard()
        address.logger = heard.logger
        address.request_rate_per_sec = 0  # our own pace is kept
        if address.notify(ready.content.decode(), title=ready.title):
            return Sent(Outcome.SENT)
        return heard.outcome()


class _Unmoved(urllib.request.HTTPRedirectHandler):
    """A message goes where the address says, or nowhere."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Heard(logging.Handler):
    """What Apprise writes into its log about one message."""

    _STATUS = re.compile(r"\berror=(\d{3})\b")
    _AFTER_SENDING = re.compile(
        r"Read timed out|RemoteDisconnected|Connection aborted|Connection broken|reset by peer"
    )

    def __init__(self) -> None:
        super().__init__()
        self.logger = logging.Logger("yanxiu.chat", logging.DEBUG)  # noqa: LOG001 - one without a parent, unheard elsewhere
        self.logger.addHandler(self)
        self._words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._words.append(record.getMessage())

    def outcome(self) -> Sent:
        said = "\n".join(self._words)
        if status := self._STATUS.search(said):
            return by_status(int(status[1]))
        if "Socket Exception" in said:
            return NO_ANSWER if self._AFTER_SENDING.search(said) else NO_CONNECTION
        return Sent(Outcome.DEFERRED, "not taken")
