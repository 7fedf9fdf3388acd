# For a build of MicroPython with Tidegate frozen into it: `make code`, then the build with
# FROZEN_MANIFEST=.../firmware/manifest.py. The code stays in flash, and a third of the heap that
# it would take is used. The configuration stays a file.
include("$(PORT_DIR)/boards/manifest.py")
package("tidegate", base_path="../build/code", opt=3)
module("main.py", base_path="../build/code", opt=3)
