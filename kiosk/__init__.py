"""What the citizen touches: screens, the issuing of numbers, the printed ticket."""
