"""When does it run, and who watches? The only room that knows Prefect."""
