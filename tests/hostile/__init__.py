"""Makers of hostile and broken files, each with the rule it must be refused under. Built by code; nothing is stored."""
