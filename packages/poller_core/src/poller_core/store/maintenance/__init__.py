"""Looking after the database: fold it again, prove it, copy it, prune it. Nothing here is imported in daily work."""
