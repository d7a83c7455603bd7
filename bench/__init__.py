"""`make bench`: a cold night of the small city beside the design everyone starts from, on the same files in the same call."""
