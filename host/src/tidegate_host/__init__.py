"""The host tool of Tidegate: flash, provision, test and audit bridges."""
