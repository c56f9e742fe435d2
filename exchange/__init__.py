"""What comes in and goes out? Rosters, evidence, workbooks, letters, chat, calendars, pictures."""
