"""Hall board and counter panel, drawn with Kivy."""
