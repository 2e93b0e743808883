"""The pure core: no clock, thread, socket or hidden randomness; `now` and a `Random` are passed in."""
