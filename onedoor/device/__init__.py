"""The input and output that every box shares: clock, journal, link, sender, configuration, runner."""
