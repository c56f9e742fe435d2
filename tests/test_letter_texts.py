"""What letters say, in both languages; an office's own texts, and every way in which they can be wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from calendars.messages import Locale
from exchange.letter_checks import LOCALES, check_texts
from exchange.letter_days import told_deadline
from exchange.letter_kinds import fields_of, views
from exchange.letter_samples import AT, PROGRAMMES, ZONE, sample_letter, sample_letters
from exchange.letter_telling import told_letter
from exchange.letter_words import CHAT_BYTES, NAMES, OURS, LetterTexts, cut_lines
from flows.settings import OfficeSettings
from workflows.letters import Chance, Moment, Watch

TEXTS: dict[Locale, LetterTexts] = {locale: LetterTexts(None, locale) for locale in LOCALES}
DAY = timedelta(days=1)
MIDNIGHT = datetime(2024, 12, 8, 16, tzinfo=UTC)  # of the 8th, in Shanghai


@pytest.mark.parametrize(
    ("at", "zh", "en", "urgency"),
    [
        (MIDNIGHT - 9 * DAY, "12月8日（周日）24:00前，还有8天", "by Sun 8 December 24:00, 8 days left", "later"),
        (MIDNIGHT - 2 * DAY - timedelta(seconds=1), "12月8日（周日）24:00前，还有2天", "by Sun 8 December 24:00, 2 days left", "soon"),
        (MIDNIGHT - 2 * DAY, "明天12月8日（周日）24:00前", "tomorrow, Sun 8 December, by 24:00", "soon"),
        (MIDNIGHT - DAY, "今天24:00前", "today by 24:00", "today"),
        (MIDNIGHT - timedelta(seconds=1), "今天24:00前", "today by 24:00", "today"),
        (MIDNIGHT, "12月8日（周日）24:00已截止，已逾期1天", "was due Sun 8 December 24:00, 1 day overdue", "overdue"),
        (MIDNIGHT + 2 * DAY, "12月8日（周日）24:00已截止，已逾期3天", "was due Sun 8 December 24:00, 3 days overdue", "overdue"),
        (MIDNIGHT + 30 * DAY, "2024年12月8日（周日）24:00已截止，已逾期31天", "was due Sun 8 December 2024 24:00, 31 days overdue", "overdue"),
    ],
)  # fmt: skip
def test_a_deadline_is_told_in_the_offices_days(at: datetime, zh: str, en: str, urgency: str) -> None:
    told = told_deadline(MIDNIGHT, ZONE, at, ZONE, "zh")
    assert (told.told, told.urgency) == (zh, urgency)
    assert told_deadline(MIDNIGHT, ZONE, at, ZONE, "en").told == en


def test_a_deadline_within_a_day_says_its_hour() -> None:
    noon = MIDNIGHT - timedelta(hours=6)
    assert told_deadline(noon, ZONE, noon - timedelta(hours=1), ZONE, "zh").told == "今天18:00前"
    assert told_deadline(noon, ZONE, noon, ZONE, "zh").told == "今天18:00已截止"


def test_a_deadline_of_another_zone_names_it() -> None:
    urumqi = ZoneInfo("Asia/Urumqi")
    told = told_deadline(MIDNIGHT + timedelta(hours=2), urumqi, MIDNIGHT - 3 * DAY, ZONE, "zh").told
    assert told == "12月8日（周日）24:00（Asia/Urumqi时间）前，还有3天"


@pytest.mark.parametrize(
    ("total", "gains", "state", "verdict"),
    [
        (6200, (("作业", 2000), ("研讨", 300)), "possible", "仍可合格"),
        (8000, (("作业", 2000),), "reached", "已经够合格"),
        (6000, (("作业", 1999),), "lost", "已无法达到合格分数"),
        (6000, (("作业", 2000),), "possible", "仍可合格"),
    ],
)
def test_whether_it_can_be_passed(
    total: int, gains: tuple[tuple[str, int], ...], state: str, verdict: str
) -> None:
    chance = Chance(PROGRAMMES[0], "网络研修", "points", total, 8000, gains)
    (view,) = (
        told_letter(replace(sample_letter("person", "mail", "before", 0), chances=(chance,)), "zh")
        .programmes[0]
        .chances
    )
    assert (view.state, view.verdict) == (state, verdict)
    if total == 6200:
        assert (view.standing, view.gains) == (
            "现有62分，合格80分",
            "还可得：作业 20分、研讨 3分，最高可达85分",
        )


def test_a_county_reads_how_many_of_each_school_and_a_tutor_reads_names() -> None:
    county = told_letter(sample_letter("organisation", "mail", "overdue", 45), "zh")
    (watch,) = next(one.watches for one in county.programmes if one.watches)
    assert (watch.count, watch.people, watch.cohort) == (45, (), "4个班")
    assert [place.count for place in watch.places] == sorted(
        (place.count for place in watch.places), reverse=True
    )
    assert sum(place.count for place in watch.places) == 45
    tutor = told_letter(sample_letter("person", "mail", "overdue", 45), "zh")
    watch = next(one for one in tutor.programmes[0].watches if not one.unmarked)
    assert (len(watch.people), watch.places, watch.more) == (20, (), "… 另有25人")


def test_more_places_than_a_message_tells_are_counted() -> None:
    letter = sample_letter("organisation", "mail", "overdue", 3)
    people = tuple(
        replace(letter.watches[0].people[0], organisation=f"第{number}小学") for number in range(43)
    )
    letter = replace(letter, watches=(replace(letter.watches[0], people=people),))
    (watch,) = next(one.watches for one in told_letter(letter, "zh").programmes if one.watches)
    assert (len(watch.places), watch.more) == (20, "… 另有23处  名单见附件")
    (watch,) = next(
        one.watches for one in told_letter(replace(letter, way="chat"), "zh").programmes if one.watches
    )
    assert watch.more == "… 另有23处"


def test_what_is_due_first_comes_first_and_is_the_subject() -> None:
    letter = sample_letter("person", "mail", "before", 3)
    soonest = replace(letter.dues[2], of=replace(letter.dues[2].of, deadline=AT + timedelta(hours=16)))
    view = told_letter(replace(letter, dues=(*letter.dues[:2], soonest)), "zh")
    assert view.headline == "读书沙龙：今天24:00前；另有4项"
    assert [programme.name for programme in view.programmes] == [PROGRAMMES[1], PROGRAMMES[0]]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sample_is_told(locale: Locale) -> None:
    for letter in sample_letters():
        words = TEXTS[locale].chat(letter) if letter.way == "chat" else TEXTS[locale].mail(letter)
        assert words.subject
        assert "\n" not in words.subject
        for due in letter.dues:
            assert due.of.name in (words.chat or words.text)
            assert due.of.name in (words.chat or words.html)
        assert "\n\n\n" not in words.text + words.chat
        assert "None" not in words.text + words.chat + words.html


def test_a_page_takes_nobodys_words_for_markup() -> None:
    letter = replace(sample_letter("person", "mail", "before", 0), name="<img src=x>&co")
    html = TEXTS["zh"].mail(letter).html
    assert "<img" not in html
    assert "&lt;img src=x&gt;&amp;co" in html


def test_a_page_fetches_nothing_from_elsewhere() -> None:
    for locale in LOCALES:
        html = (OURS / locale / "letter.html").read_text()
        assert not [word for word in ("<img", "http:", "https:", "url(", "<script", "<link") if word in html]


def test_a_chat_takes_nobodys_words_for_a_mention_or_a_link() -> None:
    letter = sample_letter("group", "chat", "overdue", 3)
    watch = letter.watches[0]
    person = replace(watch.people[0], name="<@all>[x](http://y)*")
    chat = TEXTS["zh"].chat(replace(letter, watches=(replace(watch, people=(person,)),))).chat
    assert "＜＠all＞［x］(http://y)＊" in chat


def test_a_chat_message_is_short_enough_whatever_it_has_to_tell() -> None:
    letter = sample_letter("group", "chat", "overdue", 45)
    many = tuple(
        Watch(replace(letter.watches[0].of, name=f"第{number}单元研讨"), letter.watches[0].people)
        for number in range(9)
    )
    shorter = TEXTS["zh"].chat(replace(letter, watches=many)).chat
    assert len(shorter.encode()) <= CHAT_BYTES
    assert shorter.count("… 另有40人") == 9 or shorter.count("… 另有35人") == 9
    endless = tuple(
        Watch(replace(letter.watches[0].of, name=f"第{number}单元研讨"), letter.watches[0].people)
        for number in range(90)
    )
    cut = TEXTS["zh"].chat(replace(letter, watches=endless)).chat
    assert len(cut.encode()) <= CHAT_BYTES
    assert cut.splitlines()[-1].startswith("… 另有")


def test_a_text_is_cut_by_whole_lines() -> None:
    text = "\n".join("一二三" for _ in range(100))
    cut = cut_lines(text, "zh", 100)
    assert len(cut.encode()) <= 100
    assert cut.splitlines()[:-1] == ["一二三"] * (len(cut.splitlines()) - 1)
    assert cut.endswith(f"… 另有{101 - len(cut.splitlines())}行")
    assert cut_lines("short", "zh", 100) == "short"


# An office's own texts


def test_no_text_of_ours_has_a_problem() -> None:
    assert check_texts(None) == []
    assert {path.name for locale in LOCALES for path in (OURS / locale).iterdir()} == set(NAMES)


def own(folder: Path, name: str, text: str, locale: Locale = "zh") -> Path:
    (folder / locale).mkdir(parents=True, exist_ok=True)
    file = folder / locale / name
    file.write_text(text, encoding="utf-8")
    return file


def test_one_file_of_an_office_goes_before_ours_and_the_others_stay(tmp_path: Path) -> None:
    own(tmp_path, "subject.txt", "【龙城】{{ letter.headline }}")
    assert check_texts(tmp_path) == []
    letter = sample_letter("person", "mail", "before", 0)
    theirs, ours = LetterTexts(tmp_path, "zh").mail(letter), TEXTS["zh"].mail(letter)
    assert theirs.subject.startswith("【龙城】")
    assert (theirs.text, theirs.html) == (ours.text, ours.html)
    assert LetterTexts(tmp_path, "en").mail(letter) == TEXTS["en"].mail(letter)


def test_a_folder_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    assert check_texts(tmp_path / "letters") == []


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a\n{% if letter.name %}\nb", 3, "Unexpected end of template"),
        ("a\n\n{{ letter.name", 3, "unexpected end of template"),
        ("\n{{ leter.name }}", 2, "there is no 'leter'; is it 'letter'?"),
        ("{{ letter.nmae }}", 1, "'letter' has no 'nmae'; is it 'name'?"),
        ("{{ letter['nmae'] }}", 1, "'letter' has no 'nmae'; is it 'name'?"),
        ("{% if 1 == 2 %}\n{{ letter.nmae }}{% endif %}", 2, "'letter' has no 'nmae'"),
        ("{% for p in letter.programmes %}\n{% for d in p.dues %}{{ d.deadline.tld }}{% endfor %}{% endfor %}", 2, "'d.deadline' has no 'tld'; is it 'told'?"),
        ("{% set first = letter.programmes[0] %}\n{{ first.nam }}", 2, "'first' has no 'nam'; is it 'name'?"),
        ("{% set first = letter.programmes|sort(attribute='name')|first %}\n{{ first.nam }}", 2, "'first' has no 'nam'"),
        ("{% with p = letter.programmes|last %}{{ p.nam }}{% endwith %}", 1, "'p' has no 'nam'"),
        ("{% macro m(d) %}\n{{ d.shrt }}{% endmacro %}{% for p in letter.programmes %}{% for d in p.dues %}{{ m(d) }}{% endfor %}{% endfor %}", 2, "'d' has no 'shrt'; is it 'short'?"),
        ("{{ letter.programmes|map(attribute='nam')|join }}", 1, "'letter.programmes' has no 'nam'"),
        ("{{ (letter.unreached|selectattr('nam')|list)[0].why }}", 1, "'letter.unreached' has no 'nam'"),
        ("{% for x in letter.name %}{% endfor %}", 1, "'letter.name' is no list"),
        ("{{ letter.name.uper() }}", 1, "'letter.name' has no 'uper'; is it 'upper'?"),
        ("{{ letter.programmes.length }}", 1, "'letter.programmes' has no 'length'"),
        ("{% for p in letter.programmes %}{{ loop.indx }}{% endfor %}", 1, "'loop' has no 'indx'; is it 'index'?"),
        ("{% if false %}{{ letter.name|uper }}{% endif %}", 1, "no filter 'uper'; is it 'upper'?"),
        ("{% if letter.name is defind %}{% endif %}x", 1, "no test 'defind'; is it 'defined'?"),
        ("{% include 'letter.txt' %}", 1, "cannot take in another"),
        ("{{ letter.name.__class__.__mro__ }}", 1, "'letter.name' has no '__class__'"),
        ("a\n{{ 1 // (letter.unreached|length) }}", 2, "ZeroDivisionError"),
        ("a\n{{ letter.name + 1 }}", 2, "TypeError"),
        ("{{ (letter.unreached|first).name }}", 1, "UndefinedError"),
        ("{{ range(1000000)|join }}", 1, "OverflowError"),
        ("a{% if letter.attached %}{{ 1 // 0 }}{% endif %}", 1, "ZeroDivisionError"),
        ("a{% if letter.unsubscribe_link %}{{ 1 // 0 }}{% endif %}", 1, "ZeroDivisionError"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    file = own(tmp_path, "letter.txt", text)
    problems = check_texts(tmp_path, ["zh"])
    assert [problem.where for problem in problems] == [f"{file}:{line}"]
    assert told in problems[0].text("en")
    assert problems[0].text("zh") != problems[0].text("en")
    assert check_texts(tmp_path, ["en"]) == []


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    own(tmp_path, "letter.txt", "{{ letter.a }}\n{{ letter.b }}")
    own(tmp_path, "chat.md", "{{ x }}", "en")
    own(tmp_path, "leter.html", "")
    own(tmp_path, "subject.txt", "").parent.joinpath(".DS_Store").write_text("")
    (tmp_path / "english").mkdir()
    (tmp_path / "zh" / "letter.html").write_bytes("你好".encode("gb18030"))
    where = [Path(problem.where).relative_to(tmp_path).as_posix() for problem in check_texts(tmp_path)]
    assert where == [
        "english",
        "zh/leter.html",
        "zh/letter.txt:1",
        "zh/letter.txt:2",
        "zh/letter.html",
        "en/chat.md:1",
    ]


def test_a_text_that_says_nothing_is_told(tmp_path: Path) -> None:
    own(tmp_path, "chat.md", "  {# nothing #}\n")
    (problem,) = check_texts(tmp_path, ["zh"])
    assert "chat.md" in problem.where
    assert "says nothing" in problem.text("en")


def test_what_may_be_right_is_not_refused(tmp_path: Path) -> None:
    own(tmp_path, "letter.txt", """
{%- set ns = namespace(count=0) -%}
{%- macro line(label, value="") -%}{{ label }}{{ value }}{%- endmacro -%}
{% for p in letter.programmes if p.dues %}{% set ns.count = ns.count + p.dues|length %}{% endfor %}
{{ ns.count }} {{ line("a", letter.name) }} {{ (letter.programmes|map(attribute="name")|join("、")) or "—" }}
{% for p in letter.programmes %}{% for urgency, dues in p.dues|groupby("deadline.urgency") %}{{ urgency }}{% endfor %}
{{ loop.index }} {{ p.name[:4] }} {{ p.name.upper() }} {{ p.dues[0].short if p.dues else "" }}
{% for w in p.watches[:2] + p.watches[3:] %}{{ w.people|sum(attribute="name.x"|length) if 0 else w.count }}{% endfor %}{% endfor %}
{% set x %}{{ letter.day }}{% endset %}{{ x|upper }} {{ letter.attached|default("none", true) }}
{% macro boxed() %}[{{ caller("z") }}]{% endmacro %}{% call(y) boxed() %}{{ y }}{% endcall %}
""")  # fmt: skip
    assert [problem.text("en") for problem in check_texts(tmp_path, ["zh"])] == []


def test_every_occasion_and_reader_is_among_the_samples() -> None:
    letters = list(sample_letters())
    assert len({letter.key for letter in letters}) == len(letters)
    moments = {
        due.of.moment for letter in letters for due in (*letter.dues, *letter.watches, *letter.waiting)
    }
    assert moments == set(get_args(Moment))
    assert not any(letter.is_empty for letter in letters if letter.reader == "person")


def test_the_page_about_letters_names_every_field_that_a_text_sees() -> None:
    page = (Path(__file__).parents[1] / "docs" / "letters.md").read_text(encoding="utf-8")
    for view in views():
        missing = [name for name in fields_of(view) if f"`{name}`" not in page]
        assert not missing, f"{view.__name__}: {missing}"
    for name in (
        *NAMES,
        *(setting for setting in OfficeSettings.model_fields if setting.startswith("mail_")),
    ):
        assert f"`{name}`" in page or f"`YANXIU_{name.upper()}`" in page
