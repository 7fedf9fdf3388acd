"""From the sources of the firmware to what lies on a board."""
