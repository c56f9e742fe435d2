"""How the two pages to keep as bookmarks are told, by `up` and by the demo."""

from calendars.messages import Wording

STUCK = Wording(zh="卡住的班级：{url}", en="what is stuck: {url}")
TODAY = Wording(zh="最近一夜：  {url}", en="the last night: {url}")
