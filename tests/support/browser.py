"""Prefect's own page in a real Chromium, in the words of an administrator: the list, a run, its form, a page to read.

Chromium comes from the system. Each page that is looked at leaves a picture, and so does one that fails.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Locator, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
OUTPUT = Path(os.environ.get("YANXIU_TEST_OUTPUT") or Path(__file__).parents[1] / "output")
LAPTOP = {"width": 1366, "height": 768}
TRIES = 4
PATIENCE = 30.0  # seconds for a page
UNTIL_CARRIED_OUT = 90.0  # seconds from an answer to what came of it
STUCK = "/runs?tag=stuck&type=span&seconds=-31536000"  # of a year


def chromium() -> str | None:
    """Where this machine has one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """A Chromium for as long as this lasts. Meanwhile this thread counts as inside an event loop, so nothing else that
    wants one can run in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Read:
    """A page as somebody read it: its words, and the words of each picture that was really drawn."""

    text: str
    pictures: tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """A form as it stands: what is told above, what may be chosen, and what is in each field by its title."""

    told: str
    choices: tuple[str, ...]
    fields: dict[str, str]


class Administrator:
    """Somebody at a laptop, with Prefect's page open."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def picture(self, what: str) -> None:
        """Keep what is in sight, under what it shows."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=OUTPUT / f"{what}.png")

    def stuck(self) -> dict[str, str]:
        """The list of what waits for a person: the run of each by its name."""
        self.page.goto(self.address + STUCK)
        self.page.get_by_text(re.compile(r"^(\d+ runs?|No runs.*)$")).first.wait_for()
        count = self.page.get_by_text(re.compile(r"^\d+ runs?$"))
        if not count.count():
            return {}
        listed = self.page.locator('.flow-run-list a[href*="/runs/flow-run/"]')
        listed.first.wait_for()
        told = listed.evaluate_all("(all) => all.map((one) => [one.innerText.trim(), one.href])")
        return {name: address.rpartition("/")[2] for name, address in told}

    def opens(self, name: str) -> None:
        """A run out of that list, which is in sight."""
        self.page.get_by_role("link", name=name).click()

    def opens_run(self, run: str) -> None:
        self.page.goto(f"{self.address}/runs/flow-run/{run}")

    def resumes(self) -> Form:
        """Press Resume and get the form."""
        self._resume().click(timeout=UNTIL_CARRIED_OUT * 1000)
        return Form(self.page)

    def form_of(self, run: str) -> Form:
        """The form that a run shows once it waits for an answer."""
        self.opens_run(run)
        return self.resumes()

    def ends_as(self, run: str, beginning: str) -> str:
        """How a run ended, as its page says once it has."""
        self.opens_run(run)
        badge = self.page.locator(".p-context, .page-heading, body").last.get_by_text(
            re.compile(f"^{beginning}")
        )
        badge.first.wait_for(timeout=UNTIL_CARRIED_OUT * 1000)
        return badge.first.inner_text().strip()

    def opens_page(self, address: str) -> Locator:
        """A page by its address: its text."""
        self.page.goto(address)
        text = self.page.locator("article.artifact-data-markdown")
        text.wait_for()
        return text

    def reads(self, key: str) -> Read:
        """The newest version of a page."""
        asked = {"artifacts": {"key": {"any_": [key]}}}
        found = httpx.post(f"{self.address}/api/artifacts/latest/filter", json=asked, timeout=60)
        (newest,) = found.raise_for_status().json()
        text = self.opens_page(f"{self.address}/artifacts/artifact/{newest['latest_id']}")
        drawn = "(all) => all.filter((one) => one.complete && one.naturalWidth > 100).map((one) => one.alt)"
        return Read(text.inner_text(), tuple(text.locator("img").evaluate_all(drawn)))

    def _resume(self) -> Locator:
        return self.page.get_by_role("button", name="Resume")


class Form:
    """The form behind Resume."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.card = page.locator("div.p-modal__card")
        self._told = self.card.locator("article.markdown-renderer:not(.schema-form-property__markdown)")
        self._told.get_by_role("heading").first.wait_for()
        self.card.get_by_role("button", name="Submit").wait_for()

    def stands(self) -> Filled:
        """All of it. The choices are those that the list drops down."""
        self._drops_down()
        choices = tuple(self._choices().all_inner_texts())
        self.page.keyboard.press("Escape")
        self._choices().first.wait_for(state="detached")
        fields = {}
        for one in self.card.locator("div.schema-form-property").all():
            title = one.locator("span.schema-form-property__label").inner_text()
            written = one.locator("textarea")
            chosen = one.locator(".p-select-button__value")
            fields[plain_title(title)] = (
                written.input_value() if written.count() else chosen.inner_text().strip()
            )
        return Filled(self._told.inner_text(), choices, fields)

    def choose(self, label: str) -> None:
        self._drops_down()
        self._choices().get_by_text(label, exact=True).click()

    def write(self, **texts: str) -> None:
        """Into the fields whose titles begin so."""
        for title, text in texts.items():
            self._field(title).locator("textarea").fill(text)

    def submit(self) -> None:
        """Send it, which closes it. While its database is busy Prefect keeps nothing and says Oops: then again, as a
        person would."""
        for _ in range(TRIES):
            with self.page.expect_response(re.compile(r"/resume$")) as given:
                self.card.get_by_role("button", name="Submit").click()
            if given.value.ok:
                break
        self.card.wait_for(state="detached")

    def _drops_down(self) -> None:
        # A click into the box itself opens the list and closes it again, in this version of Prefect's page.
        self.card.locator(".p-select-button__icon").click()
        self._choices().first.wait_for()

    def _choices(self) -> Locator:
        return self.page.locator(".p-pop-over-content .p-select-option")

    def _field(self, title: str) -> Locator:
        label = self.page.locator(
            "span.schema-form-property__label", has_text=re.compile(f"^{title}(?=[ (（:：]|$)")
        )
        return self.card.locator("div.schema-form-property").filter(has=label)


def plain_title(title: str) -> str:
    """Without what stands behind it: how it is written, and that it need not be."""
    return re.split(r" ?[(（:：]", title)[0]


@contextmanager
def administrator(browser: Browser, address: str, locale: str) -> Iterator[Administrator]:
    """A window of its own. What is in sight when something fails is kept."""
    with browser.new_context(viewport=LAPTOP, locale=locale, timezone_id="Asia/Shanghai") as context:  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE * 1000)
        somebody = Administrator(context.new_page(), address)
        try:
            yield somebody
        except BaseException:
            somebody.picture("failed")
            raise
