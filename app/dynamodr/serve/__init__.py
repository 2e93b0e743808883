"""The service: HTTP in front of the users' table, one Region's part of it."""
