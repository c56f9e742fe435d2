"""An office's own texts of letters, checked at a desk and not at night: what is written in them, and whether every kind of
letter can be told by them."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError

from calendars.messages import Locale, Problem, Wording
from calendars.nearest import nearest
from exchange.letter_lists import is_long, list_name
from exchange.letter_names import unknown_names
from exchange.letter_samples import sample_letters
from exchange.letter_words import NAMES, SUBJECT, LetterTexts, Words, letter_environment
from workflows.letters import Letter

LOCALES: tuple[Locale, ...] = ("zh", "en")

ANSWERS_TO = "office@example.org"

NO_FOLDER = Wording(
    zh="没有“{found}”这种语言的信文，只有 zh、en 两个文件夹{near}",
    en="no folder of texts is called {found!r}; there are zh and en{near}",
)
NO_TEXT = Wording(
    zh="没有“{found}”这个信文，只有{known}{near}", en="no text is called {found!r}; there are {known}{near}"
)
SYNTAX = Wording(zh="看不懂：{found}", en="cannot be read: {found}")
NOT_UTF8 = Wording(zh="不是 UTF-8 编码的文件", en="not a file in UTF-8")
FAILS = Wording(zh="写样信{letter}时出错：{found}", en="fails for the sample letter {letter}: {found}")
EMPTY = Wording(zh="写样信{letter}时什么也没有写出", en="says nothing at all for the sample letter {letter}")


def check_texts(folder: Path | None, locales: Iterable[Locale] = LOCALES) -> list[Problem]:
    """Everything that is wrong with an office's own texts in `folder/LOCALE`, each with its file and line; of None, with
    those that come along. Nothing is wrong with a folder that is not there."""
    locales = tuple(locales)
    problems = list(_strangers(folder)) if folder is not None and folder.is_dir() else []
    for locale in locales:
        environment = letter_environment(folder, locale)
        written = [
            problem for name in NAMES for problem in _written(environment, folder and folder / locale, name)
        ]
        problems += written or _tried(folder, locale)
    return problems


def _strangers(folder: Path) -> Iterator[Problem]:
    """Files and folders that nothing reads: a misspelt name would silently change nothing."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.name not in LOCALES or not path.is_dir():
            yield Problem(str(path), NO_FOLDER(found=path.name, near=nearest(path.name, LOCALES)))
            continue
        for file in sorted(path.iterdir()):
            if file.name not in NAMES and not file.name.startswith("."):
                known = NO_TEXT(found=file.name, known=" ".join(NAMES), near=nearest(file.name, NAMES))
                yield Problem(str(file), known)


def _written(environment: Environment, folder: Path | None, name: str) -> Iterator[Problem]:
    """What can be seen from a text alone."""
    assert environment.loader is not None
    try:
        source, path, _ = environment.loader.get_source(environment, name)
    except UnicodeDecodeError:
        yield Problem(name if folder is None else str(folder / name), NOT_UTF8())
        return
    try:
        tree = environment.parse(source, name, path)
    except TemplateSyntaxError as error:
        yield Problem(f"{path}:{error.lineno}", SYNTAX(found=error.message))
        return
    for line, message in unknown_names(tree, environment):
        yield Problem(f"{path}:{line}", message)


def _tried(folder: Path | None, locale: Locale) -> list[Problem]:
    """What fails with a letter, the first time for each place. Made-up letters: their words may be told."""
    texts = LetterTexts(folder, locale)
    found: dict[str, Problem] = {}
    for letter in sample_letters():
        for name, problem in _told(texts, letter):
            found.setdefault(problem.where if ":" in problem.where else name, problem)
    return list(found.values())


def _told(texts: LetterTexts, letter: Letter) -> Iterator[tuple[str, Problem]]:
    try:
        words = texts.chat(letter) if letter.way == "chat" else _as_mail(texts, letter)
    except Exception as error:  # noqa: BLE001 - a text can raise whatever Python can
        where = _where(error)
        yield where, Problem(where, FAILS(letter=letter.key, found=f"{type(error).__name__}: {error}"))
        return
    if not words.subject:
        yield SUBJECT, Problem(f"{texts.locale}/{SUBJECT}", EMPTY(letter=letter.key))
    if not (words.text.strip() or words.chat.strip()):
        name = "chat.md" if letter.way == "chat" else "letter.txt"
        yield name, Problem(f"{texts.locale}/{name}", EMPTY(letter=letter.key))


def _as_mail(texts: LetterTexts, letter: Letter) -> Words:
    """With all that a mail may have."""
    attached = list_name(letter, texts.locale) if is_long(letter) else ""
    return texts.mail(letter, attached=attached, answers_to=ANSWERS_TO)


def _where(error: Exception) -> str:
    """The last line of a text in which it happened."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).name in NAMES:
            return f"{frame.filename}:{frame.lineno}"
    return ""
