"""From a letter to what a channel takes: its words, its workbook where a list is long, its headers."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from jinja2 import TemplateError

from calendars.messages import Locale
from exchange.channels import Ready
from exchange.letter_lists import is_long, letter_workbook, list_name
from exchange.letter_words import LetterTexts, Words
from exchange.mail import MailSender, ready_mail
from workflows.letters import Letter


class LetterWriter:
    """Writes the letters of an office: in its language, by its own texts where it has any, in its name. Where one of these
    fails, which `check_texts` would have told, the letter goes out in ours: `own_texts_fail` says so."""

    def __init__(self, folder: Path | None, locale: Locale, sender: MailSender) -> None:
        self._made_of = folder, locale, sender
        self._sender = sender
        self._own = self._ours = LetterTexts(None, locale)
        self.own_texts_fail = False
        if folder is not None:
            try:
                self._own = LetterTexts(folder, locale)
            except TemplateError:
                self.own_texts_fail = True

    def __reduce__(self) -> tuple[type[Self], tuple[Path | None, Locale, MailSender]]:
        """Another process compiles the texts anew."""
        return type(self), self._made_of

    def words(self, letter: Letter) -> Words:
        """What a letter says, for whoever wants to see it before."""
        texts = self._own
        answers_to = self._sender.reply_to or self._sender.address
        return texts.chat(letter) if letter.way == "chat" else texts.mail(letter, answers_to=answers_to)

    def ready(self, letter: Letter, *, uncertain: bool = False) -> Ready:
        """A letter as it goes out; `uncertain` where it may have gone out before."""
        try:
            return self._ready(self._own, letter, uncertain)
        except TemplateError:
            self.own_texts_fail = True
            return self._ready(self._ours, letter, uncertain)

    def _ready(self, texts: LetterTexts, letter: Letter, uncertain: bool) -> Ready:
        if letter.way == "chat":
            words = texts.chat(letter)
            return Ready(letter.key, letter.address, words.subject, words.chat.encode())
        locale, attached = texts.locale, is_long(letter)
        answers_to = self._sender.reply_to or self._sender.address
        name = list_name(letter, locale) if attached else ""
        words = texts.mail(letter, attached=name, answers_to=answers_to)
        workbook = letter_workbook(letter, locale) if attached else None
        return ready_mail(letter, words, self._sender, workbook, uncertain=uncertain)
