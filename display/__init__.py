"""What the hall sees and the counter presses: hall board, counter panel, buttons."""
