"""The daily list for the acquirer: what is unknown, refused, twice, or different in two books."""
