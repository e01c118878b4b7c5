"""The kiosk's screens, drawn with Kivy."""
