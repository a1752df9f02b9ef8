"""The targeted phase: engine, burns in order, aim, backup passes, and the phasing weeks before it."""
