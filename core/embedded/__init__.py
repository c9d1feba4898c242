"""Servers that the demo and the tests start by themselves; production brings its own."""
