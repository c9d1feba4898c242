"""Contracts as files: a template as YAML, read with the line of everything that is wrong."""
