"""The file of the data keys: one a line in hexadecimal, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calendars.messages import Wording, refuse
from exchange.private_files import private_folder
from exchange.whole_files import write_whole
from models.keys import NO_KEY, Keyring, new_key, read_keys

ABOUT = """\
# The data keys of Yanxiu, the newest first: with them people's numbers and phones are encrypted. Who loses them loses those.
# Keep a copy in a safe, not with the backups of the database. Older keys open older backups.
"""
NOT_OPEN = Wording(zh="数据密钥读不了或写不了：{why}", en="the data keys cannot be read or written: {why}")


@dataclass(frozen=True)
class DataKeyFile:
    """Where an office keeps its data keys. Everything raises Refused where the file cannot be read or written."""

    path: Path

    def read(self) -> Keyring:
        try:
            return read_keys(self.path.read_text(encoding="ascii"), str(self.path))
        except FileNotFoundError:
            raise refuse(NO_KEY(place=self.path)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise self._not_open(error) from None

    def add(self) -> Keyring:
        """Make a new key, which becomes the first; all are there, or those that were."""
        try:
            keys = self.path.read_text(encoding="ascii").splitlines() if self.path.exists() else []
            kept = [line for line in keys if not line.startswith("#")]
            private_folder(self.path.parent)
            write_whole(self.path, (ABOUT + "\n".join([new_key(), *kept]) + "\n").encode("ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise self._not_open(error) from None
        return self.read()

    def _not_open(self, error: Exception) -> Exception:
        return refuse(NOT_OPEN(why=getattr(error, "strerror", None) or error), str(self.path))
