"""A module a domain: what its units send, what goes wrong with it, what only looks wrong. `register` lists them."""
