"""The two-Region world on one machine, and the drills. Never in the image."""
