"""Read a run folder with nothing but the standard library: python run_folder.py runs/iss-..."""

import csv
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])
plan = json.loads((folder / "plan.json").read_text())
print(plan["schema"], "feasible" if plan["verdict"]["feasible"] else "not feasible")

if plan["reenter"]["skipped"]:  # a stage with nothing to do says why instead
    print(plan["reenter"]["reason"])
else:
    centre = plan["reenter"]["impact_centre"]
    print(f"middle of what falls: {centre['latitude_deg']:.1f}, {centre['longitude_deg']:.1f}")

with (folder / "history.csv").open() as table:
    for day in csv.DictReader(table):
        if day["date_utc"].endswith("-01-01"):
            print(day["date_utc"], day["altitude_low_km"], day["altitude_mean_km"], day["altitude_high_km"])

footprint = json.loads((folder / "footprint.geojson").read_text())
print([feature["properties"]["kind"] for feature in footprint["features"]])
