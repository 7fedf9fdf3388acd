"""The simulated world: flash, network, terminals and acquirer under one seed."""
