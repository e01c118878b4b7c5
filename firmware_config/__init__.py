"""What each box boots with and is: from one center.toml to every box's own files."""
