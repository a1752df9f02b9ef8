"""Real de-orbits flown again from what was published about them."""
