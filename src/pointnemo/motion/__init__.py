"""Forces, the three propagators, burns, osculating and mean elements."""
