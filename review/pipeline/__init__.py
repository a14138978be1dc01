"""Where the queue meets the pipeline: reviews that come in, decisions that go out."""
