"""Ratios, measured in one run: machines are noisy, ratios less so. ``python -m benchmarks`` prints them."""
