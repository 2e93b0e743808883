"""An evacuation at 100,000 requests a second, simulated; and the pods, nodes and dollars behind it."""
