"""The pure core: no clock, no thread, no socket and no hidden randomness; `now` and a `Random` are passed in."""
