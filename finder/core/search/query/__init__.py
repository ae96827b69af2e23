"""What is asked: the spec, the pictures read for it and their vectors."""
