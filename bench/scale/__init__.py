"""An evacuation at 100,000 requests a second, simulated; and what the numbers mean in pods, nodes and dollars."""
