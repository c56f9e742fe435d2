"""`yanxiu key`: the keys under which people's numbers and phones are kept, by their names alone."""

from __future__ import annotations

import typer

from calendars.messages import Wording, refuse
from exchange.data_key_file import DataKeyFile
from flows.data_keys import VARIABLE, lay_data_keys
from models.database import transaction
from models.keys import Keyring, keyring
from models.rekeying import rekey
from office.answers import as_json, lines, progress
from office.options import AsJson
from office.place import database, settings
from office.words import say, text

app = typer.Typer()
key = typer.Typer(
    help=text("数据密钥：更换，有哪些", "Data keys: change, which there are"), no_args_is_help=True
)
app.add_typer(key, name="key")

IN_USE = Wording(zh="{name}：正在使用", en="{name}: in use")
OLD = Wording(zh="{name}：只能打开旧的备份", en="{name}: opens older backups")
CHANGED = Wording(
    zh="{count}人的证件号码和手机号已改用密钥 {name}。旧密钥留着打开旧的备份；请把 {place} 重新另存到安全的地方",
    en="the numbers and phones of {count:person|people} are under the key {name} now. The old one stays, for older backups; copy "
    "{place} to its safe place again",
)
SAY_ONE = Wording(
    zh="密钥写在 YANXIU_DATA_KEY 里。请先在它最前面加一个新的（64 个十六进制字符，如 openssl rand -hex 32 给出的），后面空一格再写原来的",
    en="the keys are said in YANXIU_DATA_KEY. First put a new one, 64 hexadecimal characters as `openssl rand -hex 32` gives them, "
    "before the present one, with a blank between",
)
ENCRYPTING = Wording(zh="重新加密", en="encrypting anew")


@key.command("list", help=text("有哪些密钥，用的是哪一个。", "Which keys there are, and which is in use."))
def list_keys(json: AsJson = False) -> None:
    database()
    ring = keyring()
    if json:
        as_json({"place": ring.place, "in_use": ring.current.name, "keys": ring.names})
    else:
        lines(*(say((IN_USE if name == ring.current.name else OLD)(name=name)) for name in ring.names))


@key.command(
    "rotate",
    help=text(
        "换一个新的密钥，把每个人的证件号码和手机号重新加密。中途断了就再做一次。",
        "Change to a new key: everybody's number and phone are encrypted anew. If it breaks off, do it again.",
    ),
)
def rotate(json: AsJson = False) -> None:
    engine = database()
    ring = _with_another()
    with progress(say(ENCRYPTING)) as advance, transaction(engine) as session:
        count = rekey(session.connection(), ring.newest, advance)
    if json:
        as_json({"people": count, "key": ring.newest.name})
    else:
        lines(say(CHANGED(count=count, name=ring.newest.name, place=ring.place)))


def _with_another() -> Keyring:
    """The office's keys with one that is newer than the one in use: made now, unless it was before and then something broke
    off. Raises Refused where the keys are in a variable, which has to be told another."""
    ring, office = keyring(), settings()
    if ring.newest.name != ring.current.name:
        return ring
    if office.data_key:
        raise refuse(SAY_ONE(), VARIABLE)
    name = ring.current.name
    DataKeyFile(office.data_key_file).add()
    lay_data_keys(office.data_key, office.data_key_file)
    keyring().go_by(name)
    return keyring()
