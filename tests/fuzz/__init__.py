"""Payloads that nobody would send: no crash, and no change of state that the payload did not earn."""
