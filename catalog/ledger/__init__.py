"""The record of what was received, decided and released (SQLAlchemy; SQLite or PostgreSQL)."""
