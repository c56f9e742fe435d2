"""When does it run, and who watches? The only room that knows Prefect."""

import os

# Read by Prefect when it is first imported and by every process started from here: nothing is reported to anyone.
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
