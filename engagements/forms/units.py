"""Units that goals often have: suggestions, in the spelling people write (UCUM's where both agree)."""

UNITS = (
    "%", "ms", "s", "min", "h", "d", "working days", "B", "kB", "MB", "GB", "MiB", "GiB", "MB/s", "requests/s",
    "errors", "errors/10,000 requests", "crashes/1,000 sessions", "frames/s", "tests", "steps", "clicks",
    "screens", "endpoints", "rows", "records", "files", "people", "tickets/month", "points", "EUR/month", "USD/month",
    "Wh", "kg CO2e", "mm", "px",
)  # fmt: skip
