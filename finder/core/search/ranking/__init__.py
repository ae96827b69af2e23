"""From vectors to ranked pictures, for one model and combined."""
