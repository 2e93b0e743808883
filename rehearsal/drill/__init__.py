"""Drills: a disaster under a client's load, the real failover command, and a verdict on what it cost."""
