"""Whatever a command tells a person it tells a program too, with --json; and none is told a secret by its command line."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_group

from office.command import COMMANDS

OTHERWISE = {"up", "demo"}  # they stay, and tell how it goes
ITSELF = {"calendar schema"}  # is JSON
OF_LETTERS = {"tokens"}  # that stand in letters, and are sent back by their readers
SECRETS = ("password", "secret", "token", "key", "url", "auth")


def _commands() -> Iterator[tuple[str, Any]]:
    for entry in COMMANDS:
        group = get_group(importlib.import_module(f"office.{entry.module}").app)
        yield from _within(entry.name, group.commands[entry.name])


def _within(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for below, one in command.commands.items():
            yield from _within(f"{name} {below}", one)
    else:
        yield name, command


ALL = dict(_commands())


@pytest.mark.parametrize("name", sorted(ALL.keys() - OTHERWISE - ITSELF))
def test_a_command_answers_programs(name: str) -> None:
    assert "--json" in {option for parameter in ALL[name].params for option in parameter.opts}


def test_what_answers_otherwise_is_there() -> None:
    assert ALL.keys() >= OTHERWISE | ITSELF


@pytest.mark.parametrize("name", sorted(ALL))
def test_no_secret_is_asked_for_where_everybody_on_the_machine_can_read_it(name: str) -> None:
    """A key, a password, an address that may hold one: they come by the environment or a file."""
    options = {option for parameter in ALL[name].params for option in parameter.opts}
    assert not {option for option in options - OF_LETTERS for word in SECRETS if word in option}
