"""One module a section: `measure(options, folder)` gives what goes into the JSON, `tables` shows it."""
