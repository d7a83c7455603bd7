"""What each `guozi …` does, one module a group of commands; `cli` imports them only when called."""
