"""Plan as shipped, read the verdict, take one of the remedies that it offers, and compare."""

import pointnemo as pn

few = {"reentry.fragments": 2000}  # enough for the dates, and quick
first = pn.plan("iss", set=few)
print(first.verdict.summary)

failed = next(check for check in first.verdict.checks if not check.ok)
for remedy in failed.remedies:
    print(f"  {remedy.lever}: {' '.join(remedy.set) or 'cannot'} -> {remedy.value_after}")

propellant = next(remedy for remedy in failed.remedies if remedy.lever == "lowering_propellant")
key, value = propellant.set[0].split("=")
second = pn.plan("iss", set={**few, key: value})
print(second.verdict.summary)

for before, after in zip(first.descend.lines, second.descend.lines, strict=True):
    print(f"{before.activity:>5} activity: entry {before.entry_utc[:10]} -> {after.entry_utc[:10]}")
