"""`make record-fold`: record the log that pins the fold again, after FOLD_VERSION was raised."""

from folding import record

print(record())
