"""How everything looks: colors, fonts, pictures and texts that kiosk, display and paper share."""
