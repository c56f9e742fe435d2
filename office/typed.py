"""What is known of a command while it runs, whatever it does: how it was typed, and whom it names."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class AtTheDesk:
    """The command by its whole name, the programme that it is about, and the operators whom it names."""

    act: str = ""
    programme: str | None = None
    said: list[str] = field(default_factory=list)
    in_full: bool = False  # numbers and phones are shown as they are

    def begins(self, act: str) -> None:
        self.act, self.programme, self.said, self.in_full = act, None, [], False

    def shows_in_full(self, asked: bool) -> None:
        self.in_full = asked
        self.act += " --in-full" if asked else ""

    def of_programme(self, slug: str | None) -> str | None:
        self.programme = slug
        return slug

    def says(self, name: str) -> str:
        """An operator whom the command names. Where nothing is said, it is for the command to say so."""
        if name.strip():
            self.said.append(name.strip())
        return name


at_the_desk = AtTheDesk()
