"""Commands that show data, models and schedules."""
