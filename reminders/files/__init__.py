"""What leaves the clock side as a file: a person's dates for a calendar program."""

from reminders.files.calendar import calendar_file

__all__ = ["calendar_file"]
