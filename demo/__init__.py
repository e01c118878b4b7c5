"""A whole center on one machine: the real programs, started and played by a script or by people."""
