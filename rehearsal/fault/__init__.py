"""Faults on a running rehearsal: DynamoDB's, other services', and whole Regions."""
