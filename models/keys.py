"""The keys under which people's numbers and phones are kept. A database names the one that it is under; the others open what
older backups hold.

They are laid once for a process, as days off are: a column has no other way to ask for them.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from calendars.messages import Wording, refuse

BYTES = 32
NAME_BYTES = 4
NONCE_BYTES = 12
FINDER_BYTES = 16
_SHAPE = re.compile(rf"[0-9a-f]{{{2 * BYTES}}}")

NO_KEY = Wording(
    zh="没有数据密钥，打不开证件号码和手机号。请把它放回 {place}，或写入 YANXIU_DATA_KEY",
    en="there is no data key, so numbers and phones cannot be opened. Put it back as {place}, or say it in YANXIU_DATA_KEY",
)
OTHER_KEY = Wording(
    zh="数据库用的数据密钥是 {expected}，这里只有 {found}。请把那个密钥加到 {place}，或写入 YANXIU_DATA_KEY",
    en="the database is under the data key {expected}, and here is only {found}. Add that key to {place}, or to YANXIU_DATA_KEY",
)
NOT_A_KEY = Wording(
    zh="第{line}行不是数据密钥：应是 64 个十六进制字符（0-9、a-f）",
    en="line {line} is no data key: 64 hexadecimal characters (0-9, a-f) are expected",
)
TWICE = Wording(zh="第{line}行的数据密钥已写过", en="the data key in line {line} stands there already")
NO_MORE = Wording(zh="用它打不开：不是这样加密的", en="it does not open: it was not encrypted like this")
CHANGED = Wording(
    zh="数据密钥刚才换过了，什么也没有写入。请再做一次",
    en="the data key has just been changed, so nothing was written; do it again",
)
EMPTY = Wording(zh="没有一个数据密钥", en="there is no data key in it")


class Key:
    """One secret, and what is derived from it: a key to encrypt with, one to search by, and a name that tells nothing."""

    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (not for a command that asks for nobody)

        self._cipher = AESGCM(_derived(secret, b"encrypt"))
        self._finder = _derived(secret, b"find")
        self._name = _derived(secret, b"name")[:NAME_BYTES]
        self.name = self._name.hex()
        self._secret = secret

    def __reduce__(self) -> tuple[type[Key], tuple[bytes]]:
        """As it is handed to a process of the office's own."""
        return Key, (self._secret,)

    def encrypted(self, field: bytes, said: str) -> bytes:
        """A text of a field, which opens as a text of that field alone; never twice the same."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._name + nonce + self._cipher.encrypt(nonce, said.encode(), field)

    def opened(self, field: bytes, kept: bytes) -> str:
        """Raises ValueError for what was not encrypted by this key as a text of this field."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (likewise)

        nonce, rest = kept[NAME_BYTES : NAME_BYTES + NONCE_BYTES], kept[NAME_BYTES + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, rest, field).decode()
        except InvalidTag:
            raise ValueError(NO_MORE().text("en")) from None

    def found_by(self, said: str) -> str:
        """What a text is found by: always the same, and nothing that tells it to whoever has not the key."""
        return hmac.digest(self._finder, said.encode(), "sha256")[:FINDER_BYTES].hex()


class Keyring:
    """The keys of an office by their names, the newest first; `current` is the one that the database is under."""

    def __init__(self, keys: Iterable[Key], place: str) -> None:
        self._keys = {key.name: key for key in keys}
        self.newest = next(iter(self._keys.values()))
        self.current = self.newest
        self.place = place

    @property
    def names(self) -> list[str]:
        return list(self._keys)

    def go_by(self, name: str) -> None:
        """Take the key that a database is under. Raises Refused where it is not here."""
        self.current = self._called(name)

    def encrypted(self, field: bytes, said: str) -> bytes:
        return self.current.encrypted(field, said)

    def opened(self, field: bytes, kept: bytes) -> str:
        """Raises Refused where its key is not here."""
        return self._called(kept[:NAME_BYTES].hex()).opened(field, kept)

    def _called(self, name: str) -> Key:
        if name not in self._keys:
            raise refuse(OTHER_KEY(expected=name, found=self.names, place=self.place))
        return self._keys[name]


def read_keys(said: str, place: str) -> Keyring:
    """Keys in hexadecimal, the newest first: one a line, or with blanks between. Lines that begin with # are remarks. Raises
    Refused, never quoting what it found."""
    keys: dict[str, Key] = {}
    for number, line in enumerate(said.splitlines(), 1):
        for word in () if line.lstrip().startswith("#") else line.split():
            if not _SHAPE.fullmatch(word):
                raise refuse(NOT_A_KEY(line=number), place)
            key = Key(bytes.fromhex(word))
            if key.name in keys:
                raise refuse(TWICE(line=number), place)
            keys[key.name] = key
    if not keys:
        raise refuse(EMPTY(), place)
    return Keyring(keys.values(), place)


def new_key() -> str:
    return secrets.token_hex(BYTES)


def lay_keys(found: Callable[[], Keyring]) -> None:
    """From now on this process goes by these; they are read when first asked for."""
    _laid.clear()
    _source[:] = [found]


@contextmanager
def made_up_keys() -> Iterator[None]:
    """Keys of its own for what is thrown away at the end."""
    before = [*_source]
    keys = Keyring([Key(secrets.token_bytes(BYTES))], "")
    lay_keys(lambda: keys)
    try:
        yield
    finally:
        _laid.clear()
        _source[:] = before


def keyring() -> Keyring:
    """The keys that this process goes by. Raises Refused where there are none, or they cannot be read."""
    if not _laid:
        if not _source:
            raise refuse(NO_KEY(place="data.key"))
        _laid.append(_source[0]())
    return _laid[0]


def require_key(connection: Connection) -> None:
    """Go by the key that a database is under. Raises Refused where it is not here."""
    keyring().go_by(_name_of(connection))


def keep_key(connection: Connection) -> None:
    """See to it that the database stays under the key by which this process has looked people up, to the end of this
    transaction. Raises Refused where it is under another by now: who was there would be taken for new."""
    share = " FOR SHARE" if connection.dialect.name == "postgresql" else ""
    if _name_of(connection, share) != keyring().current.name:
        raise refuse(CHANGED())


def _name_of(connection: Connection, share: str = "") -> str:
    return str(connection.scalar(text(f"SELECT name FROM data_key{share}")))  # noqa: S608 (our own words)


def _derived(secret: bytes, what: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 (likewise)
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand  # noqa: PLC0415

    return HKDFExpand(SHA256(), BYTES, b"yanxiu " + what).derive(secret)


_source: list[Callable[[], Keyring]] = []
_laid: list[Keyring] = []
