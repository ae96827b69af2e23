"""Programs that measure Image Finder: `python -m benchmarks.NAME [--short]` prints one section of
docs/performance.md; `make bench` runs the short form of all and writes that page."""
