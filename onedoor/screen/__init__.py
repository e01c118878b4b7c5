"""Drawing on a touch screen with Kivy: the toolkit that kiosk and display screens share."""
