"""The host tool of Tidegate: flash, provision, test and audit bridges."""

__version__ = "0.1.0"
