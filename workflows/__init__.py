"""What must happen? Machines, scoring, reminders, holds, seals, and the night that orders them.

No file, no socket and no clock is opened here: a session and an instant are handed in.
"""
