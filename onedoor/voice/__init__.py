"""Recorded voices: what can be said, how a pack is laid out and checked, how it is played."""
