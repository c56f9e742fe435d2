"""The sign of life after a good night, to an address that tells somebody when it stays away.

The address may hold a token, so nothing here says it: no error, no log line.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from calendars.messages import Message, UnreadableError, Wording

SECONDS = 10  # of silence, after which nobody counts as there

NOT_AN_ADDRESS = Wording(
    zh="应是 http:// 或 https:// 开头的地址（这里不显示所写的）",
    en="an address that begins with http:// or https:// is expected (what was written is not shown)",
)
NOT_TAKEN = Wording(
    zh="夜间推进已完成，但 YANXIU_PING_URL 没有收到信号：{why}",
    en="the night is done, but YANXIU_PING_URL did not take the sign of life: {why}",
)
STATUS = Wording(zh="应答 HTTP {status}", en="it answered HTTP {status}")
NOBODY = Wording(zh="连不上", en="nobody can be reached there")
SILENT = Wording(zh="没有应答", en="no answer in time")


def check_ping_url(url: str) -> None:
    """Raises UnreadableError, which never shows the address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(sign.isspace() for sign in url):
        raise UnreadableError(NOT_AN_ADDRESS())


def ping(url: str, *, good: bool) -> Message | None:
    """Tell the address, if there is one, that a night was good. What went wrong with that, which harms no night."""
    if not url or not good:
        return None
    import http.client  # noqa: PLC0415 - a tenth of a second, which only those pay who set one
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    try:
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 - looked at when the settings were read
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return NOT_TAKEN(why=STATUS(status=error.code))
    except TimeoutError:
        return NOT_TAKEN(why=SILENT())
    except (OSError, http.client.HTTPException) as error:
        silent = isinstance(getattr(error, "reason", None), TimeoutError)
        return NOT_TAKEN(why=SILENT() if silent else NOBODY())
