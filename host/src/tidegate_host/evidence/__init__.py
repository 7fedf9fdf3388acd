"""A package for a dispute: slips, time line, journal extract and hashes in one zip."""
