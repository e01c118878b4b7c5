"""Step times become indicators; a stranger with the log can recompute every one of them."""
