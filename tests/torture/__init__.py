"""Long runs on real files and real processes; the tests run a short version of each."""
