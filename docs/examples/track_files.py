"""From ephemeris files to where the station will be: python track_files.py FILE..."""

import sys

import pointnemo as pn

report = pn.track_files(sys.argv[1:], days=10)
area = report.drag.now_cd_area_m2
print(f"{report.object_name}, {report.epoch_utc}: {report.altitude_km:.1f} km")
print(f"C_D A {area.value:.0f} {area.unit}, {area.low:.0f} to {area.high:.0f} with {area.level:.0%}")

for row in report.prediction:
    x, y, z = row.position_km
    print(f"{row.utc}  {x:9.1f} {y:9.1f} {z:9.1f} km, along-track sigma {row.sigma_rtn_km[1]:.1f} km")

for burn in report.burns:
    if burn.origin == "inferred":
        print(f"{burn.kind} near {burn.start_utc}: {burn.delta_v_mps:.2f} +- {burn.delta_v_sigma_mps:.2f} m/s")
