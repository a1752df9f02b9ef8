"""What people see of a plan: the page, the HTML report, the run folder and the comparison of two runs."""
