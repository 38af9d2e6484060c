"""What should come out of a pipeline, worked out without any code of the worker: its own base64, JSON, patterns, hashes
and Kafka client. The cases of Tests/Chaos compare a running worker with it."""
