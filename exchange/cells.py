"""Reading typed cells as what their column means. Nothing is repaired: what a spreadsheet may have spoilt is
refused, each cell with its address, and reading goes on so that every problem is told at once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from calendars.messages import Message, Problem, UnreadableError, Wording
from calendars.quantities import read_hundredths
from exchange.columns import Row, Table
from exchange.mail_addresses import envelope_address
from exchange.spreadsheets import Value

T = TypeVar("T")

EMPTY = Wording(zh="这里必须填写", en="this must be filled in")
TURNED_INTO_A_NUMBER = Wording(
    zh="号码被表格软件变成了数字（{found}），原来的号码可能已经丢失。请把这一列设为文本，重新填入原号码",
    en="the spreadsheet turned this into a figure ({found}), and digits may be lost. Format the column as text "
    "and enter the original number again",
)
TURNED_INTO_A_DATE = Wording(
    zh="这里被表格软件变成了日期（{found}）。请把这一列设为文本后重新填写",
    en="the spreadsheet turned this into a date ({found}). Format the column as text and enter it again",
)
ODD_NUMBER = Wording(
    zh="“{found}”不像编号：只能有字母、数字和连字符，不能有空格、引号或全角字符",
    en="{found!r} is no number of a person: letters, digits and hyphens only; no blanks, quotes or full-width forms",
)
ID_DATE = Wording(
    zh="身份证号 {found} 中的出生日期不存在", en="the birthday inside the ID number {found} does not exist"
)
ID_CHECK = Wording(
    zh="身份证号 {found} 的校验码不对，请核对每一位", en="the check digit of the ID number {found} is wrong"
)
BAD_TEXT = Wording(zh="这里有不可见的字符，请重新填写", en="this has invisible characters; enter it again")
NOT_WHOLE = Wording(
    zh="应为0或正整数，而写的是“{found}”", en="a whole number from 0 is expected, not {found!r}"
)
NEGATIVE = Wording(zh="不能是负数：{found}", en="this must not be negative: {found}")
NOT_A_TIME = Wording(
    zh="看不懂的时间“{found}”。应写成 2024-11-03 20:15 或 2024-11-03",
    en="cannot read the time {found!r}. Write it as 2024-11-03 20:15 or 2024-11-03",
)
NO_SUCH_TIME = Wording(zh="没有“{found}”这个时间", en="there is no such time as {found!r}")
FAR_TIME = Wording(zh="{found} 不在2000年到2199年之间", en="{found} is not between the years 2000 and 2199")
FUTURE = Wording(
    zh="{found} 晚于这个文件的接收时间（{received}）",
    en="{found} is later than the receipt of this file ({received})",
)
BAD_PHONE = Wording(zh="“{found}”不像电话号码", en="{found!r} does not look like a phone number")
BAD_EMAIL = Wording(zh="“{found}”不像邮箱地址", en="{found!r} does not look like an email address")

_SPOILT = re.compile(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+|[0-9]+\.0+")
_NUMBER = re.compile(r"[^\W_][\w-]{0,39}")
_CHINESE_ID = re.compile(r"[0-9]{17}[0-9Xx]")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,19}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_INVISIBLE = ("Cc", "Cf", "Cs")  # rare characters of names may stand in a private area (Co), and may pass
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff· ]+")
_WHEN = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)"
    r"(?:[T ]*([0-9]{1,2})[:：]([0-9]{2})(?:[:：]([0-9]{2})(?:\.[0-9]+)?)?)?"
)


@dataclass
class Reader:
    """Reads one cell after another; a cell that cannot be read is put among the problems and reads as None."""

    table: Table
    zone: ZoneInfo
    received: int  # seconds since 1970
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: Row, key: str, message: Message) -> None:
        self.problems.append(self.table.problem(row.line, key, message))

    def text(self, row: Row, key: str, needed: bool = False) -> str | None:
        """Text with its blanks set right; "" where the cell is empty, unless it is needed."""
        value = row.cells.get(key)
        if value is None:
            if needed:
                self.refuse(row, key, EMPTY())
                return None
            return ""
        try:
            return read_text(value)
        except UnreadableError as error:
            self.refuse(row, key, error.message)
            return None

    def name(self, row: Row, needed: bool = False) -> str | None:
        text = self.text(row, "name", needed)
        return read_name(text) if text else text

    def number(self, row: Row, key: str = "number") -> str | None:
        value = row.cells.get(key)
        try:
            return read_number(value)
        except UnreadableError as error:
            self.refuse(row, key, error.message)
            return None

    def hundredths(self, row: Row, key: str) -> int | None:
        """An amount that is not negative. None where the cell is empty or was refused."""
        value = row.cells.get(key)
        if value is None:
            return None
        try:
            return read_amount(value)
        except UnreadableError as error:
            self.refuse(row, key, error.message)
            return None

    def whole(self, row: Row, key: str) -> int | None:
        value = row.cells.get(key)
        if value is None:
            return None
        try:
            amount = read_amount(value)
        except UnreadableError:
            amount = -1
        if amount < 0 or amount % 100 or amount >= 1 << 31:
            self.refuse(row, key, NOT_WHOLE(found=_shown(value)))
            return None
        return amount // 100

    def seconds(self, row: Row, key: str, needed: bool = False) -> int | None:
        """The UTC second of a local time, not after the receipt. A day alone is its last second, and may be
        the day of the receipt."""
        value = row.cells.get(key)
        if value is None:
            if needed:
                self.refuse(row, key, EMPTY())
            return None
        try:
            begin, end = read_when(value, self.zone)
        except UnreadableError as error:
            self.refuse(row, key, error.message)
            return None
        if begin > self.received:
            received = datetime.fromtimestamp(self.received, self.zone)
            self.refuse(row, key, FUTURE(found=_shown(value), received=f"{received:%Y-%m-%d %H:%M:%S}"))
            return None
        return end

    def phone(self, row: Row) -> str | None:
        text = self.text(row, "phone")
        if text and not _PHONE.fullmatch(text):
            self.refuse(row, "phone", BAD_PHONE(found=text))
        return text or None

    def email(self, row: Row) -> str | None:
        text = self.text(row, "email")
        if text and not (_EMAIL.fullmatch(text) and envelope_address(text)):
            self.refuse(row, "email", BAD_EMAIL(found=text))
        return text or None


def read_text(value: Value) -> str:
    """Text as it is, any run of blanks as one. A whole number is its digits; a date is refused."""
    if isinstance(value, str):
        text = " ".join(value.split())
        if not text.isprintable() and any(unicodedata.category(sign) in _INVISIBLE for sign in text):
            raise UnreadableError(BAD_TEXT())
        return text
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if value != int(value) or abs(value) >= 10**15:
            raise UnreadableError(TURNED_INTO_A_NUMBER(found=_shown(value)))
        return str(int(value))
    raise UnreadableError(TURNED_INTO_A_DATE(found=_shown(value)))


def read_name(text: str) -> str:
    """A Chinese name without the blanks that make short names as wide as long ones."""
    return text.replace(" ", "") if _CHINESE_NAME.fullmatch(text) else text


def read_number(value: Value | None) -> str:
    """The number of a person: text that no spreadsheet has spoilt, an ID number with its date and check digit."""
    if value is None:
        raise UnreadableError(EMPTY())
    if isinstance(value, date | time | timedelta):
        raise UnreadableError(TURNED_INTO_A_DATE(found=_shown(value)))
    if not isinstance(value, str):
        raise UnreadableError(TURNED_INTO_A_NUMBER(found=_shown(value)))
    text = value.strip()
    if _SPOILT.fullmatch(text):
        raise UnreadableError(TURNED_INTO_A_NUMBER(found=text))
    if not _NUMBER.fullmatch(text) or unicodedata.normalize("NFKC", text) != text:
        raise UnreadableError(ODD_NUMBER(found=text[:60]))
    return _checked_id(text.upper()) if _CHINESE_ID.fullmatch(text) else text


def _checked_id(number: str) -> str:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise UnreadableError(ID_DATE(found=number)) from None
    try:
        mod_11_2.validate(number)
    except ValidationError:
        raise UnreadableError(ID_CHECK(found=number)) from None
    return number


@lru_cache(maxsize=1 << 16, typed=True)
def read_amount(value: Value) -> int:
    """Hundredths of a number that is not negative. A workbook's number is taken with the fifteen digits that a
    spreadsheet shows, so that 26.67 * 3 is 80.01."""
    found = _shown(value) if isinstance(value, float) else value
    amount = read_hundredths(found)
    if amount < 0:
        raise UnreadableError(NEGATIVE(found=found))
    return amount


@lru_cache(maxsize=1 << 16)
def read_when(value: Value, zone: ZoneInfo) -> tuple[int, int]:
    """The first and the last UTC second that a written time can mean: a day alone is a stretch, all else a point."""
    if isinstance(value, datetime):
        return _point(value + timedelta(microseconds=500_000), zone)
    if isinstance(value, date):
        return _day(value, zone)
    match = _WHEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise UnreadableError(NOT_A_TIME(found=_shown(value)[:60]))
    year, *parts, hour, minute, second = match.groups()
    month, day = (int(part) for part in parts if part is not None)
    try:
        found = date(int(year), month, day)
        if hour is None:
            return _day(found, zone)
        if (hour, minute, second or "00") == ("24", "00", "00"):
            return _point(datetime.combine(found + timedelta(days=1), time()), zone)
        return _point(datetime.combine(found, time(int(hour), int(minute), int(second or 0))), zone)
    except (ValueError, OverflowError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(NO_SUCH_TIME(found=match[0])) from None


def _day(day: date, zone: ZoneInfo) -> tuple[int, int]:
    begin, _ = _point(datetime.combine(day, time()), zone)
    end, _ = _point(datetime.combine(day + timedelta(days=1), time()), zone)
    return begin, end - 1


def _point(local: datetime, zone: ZoneInfo) -> tuple[int, int]:
    if not 2000 <= local.year <= 2199:
        raise UnreadableError(FAR_TIME(found=local.date()))
    second = int(local.replace(microsecond=0, tzinfo=zone).timestamp())
    return second, second


def _shown(value: Value) -> str:
    """A cell as a spreadsheet shows it."""
    return format(value, ".15g") if isinstance(value, float) else str(value)
