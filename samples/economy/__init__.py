"""The books behind the domains' forms: plain facts, deterministic, before anything is filed. Money in whole fen."""
