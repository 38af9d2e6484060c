"""A seeded campaign against the worker on real brokers: rounds of lives that end badly in bad weather, and a verdict."""
