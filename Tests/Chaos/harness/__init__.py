"""What the cases stand on: a real broker, topics, a producer of seeded input, the worker as a process, and waiting."""
