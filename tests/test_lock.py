"""What is installed is what the lock says, to the byte: each name once for each machine, at one version, with hashes and from no
address. What is known against these versions only a service tells, which `make audit` asks."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions
from itertools import combinations
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
PYTHONS = ("3.11.0", "3.11.9", "3.12.1", "3.13.0", "3.14.0")


def locked(name: str) -> list[tuple[Requirement, list[str]]]:
    """Each requirement of a lock with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    found = []
    for line in filter(None, lines):
        said, *hashes = re.split(r"\s+--hash=", line)
        found.append((Requirement(said), [one.strip() for one in hashes]))
    return found


def version(requirement: Requirement) -> str:
    (pin,) = requirement.specifier
    assert pin.operator == "==", requirement
    return pin.version


def applies(requirement: Requirement, python: str) -> bool:
    here = {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    return requirement.marker is None or requirement.marker.evaluate(here)


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_pinned_with_hashes_and_from_no_address(name: str) -> None:
    for requirement, hashes in locked(name):
        assert version(requirement)
        assert requirement.url is None
        assert hashes
        assert all(SHA256.fullmatch(one) for one in hashes), requirement
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_no_machine_is_told_two_versions(name: str) -> None:
    for (one, _), (other, _) in combinations(locked(name), 2):
        if canonicalize_name(one.name) == canonicalize_name(other.name):
            assert not [python for python in PYTHONS if applies(one, python) and applies(other, python)]


def test_who_develops_has_what_an_office_has() -> None:
    office, dev = ({str(one): hashes for one, hashes in locked(name)} for name in LOCKS)
    assert {name: dev.get(name) for name in office} == office


def test_the_lock_fits_what_the_program_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, asked in zip(
        LOCKS, (project["dependencies"], project["optional-dependencies"]["dev"]), strict=True
    ):
        there = {canonicalize_name(one.name): version(one) for one, _ in locked(name)}
        for requirement in map(Requirement, asked):
            found = there[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(found, prereleases=True), requirement


def test_what_is_installed_is_what_is_locked() -> None:
    installed = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}
    other = {
        str(one): installed.get(canonicalize_name(one.name))
        for one, _ in locked("requirements-dev.txt")
        if (one.marker is None or one.marker.evaluate())
        and installed.get(canonicalize_name(one.name)) != version(one)
    }
    assert other == {}
