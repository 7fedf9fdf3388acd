# For a build of MicroPython with Tidegate frozen into it: FROZEN_MANIFEST=.../firmware/manifest.py
# The code then stays in flash and costs no heap. The dialects and the configuration stay files.
include("$(PORT_DIR)/boards/manifest.py")
package("tidegate", opt=2)
module("main.py", opt=2)
