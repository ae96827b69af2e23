"""Mutated picture files through all that indexing does with them: `python -m benchmarks.fuzz`."""
