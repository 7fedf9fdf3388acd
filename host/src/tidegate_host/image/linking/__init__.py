"""From many small modules to what a board loads: a linker for the firmware.

On a stock ESP32 the code lives in the heap, and there a module is dear before it does anything:
each has a table of globals, each import a slot in one, each name a string, each public constant
all of these. The sources are many small files for people; so the host does what a linker does.

- ``modules``: what each module defines, and what its constants are worth;
- ``merging``: the modules that stay loaded become one, with every name bound to what it means and
  every constant replaced by its value; what is loaded now and then stays a module of its own;
- ``shortening``: names that only the firmware knows become short ones that MicroPython has
  already. Host and firmware never meet by such a name, but for those listed in ``kept``.

Nothing else changes: no statement is moved or rewritten. ``Linked.names`` leads back from a short
name to the one in the sources, which is how the log of a board is read.
"""

from tidegate_host.image.linking.modules import LinkError
from tidegate_host.image.linking.program import Linked, link

__all__ = ["LinkError", "Linked", "link"]
