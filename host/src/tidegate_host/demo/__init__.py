"""One evening in a shop, played over the real parts: firmware, wires, terminals, acquirer."""
