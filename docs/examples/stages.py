"""Single stages: each verb flies the chain as far as itself and returns its own result."""

import pointnemo as pn

track = pn.track("iss")
b = track.ballistic_factor_m2_kg
print(f"{track.epoch_utc}: {track.altitude_km:.1f} km, falling {track.decay_km_per_day.value * 1000:.0f} m a day")
print(f"C_D A / m {b.value:.4f} {b.unit}, {b.low:.4f} to {b.high:.4f} with {b.level:.0%}")

# The same day with another drag area. Its interval has to move with it, or the scenario is refused.
try:
    pn.track("iss", set={"station.drag.cd_area_m2": 5000})
except pn.PointnemoError as error:
    print(error)

operate = pn.operate("iss")
print(f"{len(operate.reboosts)} reboosts to {operate.until_utc[:10]}, {operate.reboost_propellant_kg:.0f} kg")
print(f"first: {operate.reboosts[0].utc[:10]} by {operate.reboosts[0].source}")
