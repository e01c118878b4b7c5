"""The contract of everything that travels or is kept: topics, messages, the log's rows. No I/O."""
