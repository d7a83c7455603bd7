"""A published number walked back to what it rests on, and recomputed from there. Imports neither intake nor jobs."""
