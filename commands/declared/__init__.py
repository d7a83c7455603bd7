"""What may be typed after `guozi`: commands, arguments, options and help, a file a group. No more is imported until one is called."""
