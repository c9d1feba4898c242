from reminders.services.sweep import sweep

__all__ = ["sweep"]
