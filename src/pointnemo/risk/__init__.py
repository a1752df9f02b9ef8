"""Who is at risk: casualty area, exposure of people, and how far from land the fragments fall."""
