"""The `tidegate` command: one module for each of its commands."""
