"""What is docked where, the stack's mass, crew and seats on a day, and the schedule packed for the history kernel."""
