"""Whether Prefect is at work: its server answers, and the night's deployment is there and not paused.

Asked by HTTP alone: to import Prefect for it would take seconds.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from calendars.findings import Finding, amiss, fine, note
from calendars.messages import Wording
from flows.server import healthy

SECONDS = 5
DEPLOYMENT = "nightly/yanxiu"

NOT_USED = Wording(zh="没有使用 Prefect", en="Prefect is not used here")
BY_CRON = Wording(zh="夜间推进要由 cron 运行，或 yanxiu up", en="nights are run by cron, or by yanxiu up")
NOT_RUNNING = Wording(zh="Prefect 没有在运行", en="Prefect is not running")
UP = Wording(zh="若夜间推进靠它，请运行 yanxiu up", en="run yanxiu up, if nights depend on it")
NO_ANSWER = Wording(zh="Prefect 在 {url} 没有应答", en="Prefect does not answer at {url}")
SEE_LOG = Wording(zh="看 {log}，或 PREFECT_API_URL", en="see {log}, or PREFECT_API_URL")
LOCKED_OUT = Wording(
    zh="Prefect 在 {url} 要密码，看不到部署",
    en="Prefect at {url} asks for a password, so its deployments are not seen",
)
SET_AUTH = Wording(zh="设置 PREFECT_API_AUTH_STRING 再看", en="set PREFECT_API_AUTH_STRING and look again")
NO_DEPLOYMENT = Wording(
    zh="Prefect 在运行，但没有 {name} 这个部署", en="Prefect is running and has no deployment {name}"
)
DEPLOY = Wording(zh="运行 yanxiu up，或 prefect deploy --all", en="run yanxiu up, or prefect deploy --all")
PAUSED = Wording(zh="{name} 已暂停，夜间推进不会自己运行", en="{name} is paused: no night runs by itself")
RESUME = Wording(zh="在 Prefect 页面打开它", en="switch it on in Prefect's page")
AT_WORK = Wording(zh="Prefect 在 {url} 运行，{name} 已排定", en="Prefect runs at {url}, {name} is scheduled")


def prefect(home: Path) -> Finding:
    """Of the server that the variables name, or of this office's own."""
    named = os.environ.get("PREFECT_API_URL", "").removesuffix("/").removesuffix("/api")
    lock = home / "prefect" / "server.lock"
    url = named or _runs_at(lock)
    if not url:
        return note(NOT_RUNNING(), UP()) if lock.exists() else note(NOT_USED(), BY_CRON())
    shown = re.sub(r"//[^/@]*@", "//", url)  # without a login
    if not healthy(url):
        return amiss(NO_ANSWER(url=shown), SEE_LOG(log=lock.with_name("server.log")))
    try:
        found = _deployment(url)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (401, 403):
            return note(LOCKED_OUT(url=shown), SET_AUTH())
        if error.code != 404:
            raise
        return amiss(NO_DEPLOYMENT(name=DEPLOYMENT), DEPLOY())
    if found["paused"] or not any(one["active"] for one in found["schedules"]):
        return amiss(PAUSED(name=DEPLOYMENT), RESUME())
    return fine(AT_WORK(url=shown, name=DEPLOYMENT))


def _runs_at(lock: Path) -> str:
    """The address of this office's own server, which holds its lock for as long as it lives."""
    if not lock.exists():
        return ""
    with lock.open("r+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return held.read().partition(" ")[0]
    return ""


def _deployment(url: str) -> dict[str, Any]:
    request = urllib.request.Request(f"{url}/api/deployments/name/{DEPLOYMENT}")  # noqa: S310 - as Prefect itself is told
    if login := os.environ.get("PREFECT_API_AUTH_STRING"):
        request.add_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        return dict(json.load(answer))
