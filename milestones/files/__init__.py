"""An engagement as a file: one call from need to offer, by the same checks as the page."""
