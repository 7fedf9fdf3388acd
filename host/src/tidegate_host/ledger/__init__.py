"""Reading journals on the host, with the firmware's own code."""
