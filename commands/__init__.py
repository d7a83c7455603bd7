"""What each `guozi …` does, one module a group of commands, imported only when called; `declared` says what may be typed."""
