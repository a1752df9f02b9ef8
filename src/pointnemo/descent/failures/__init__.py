"""What if: burns that fail, propulsion that is lost, how the station then falls, and what can still be done."""
