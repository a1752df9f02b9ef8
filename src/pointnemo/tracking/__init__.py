"""Where the station is, how it decays, and how well that is known."""
