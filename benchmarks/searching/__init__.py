"""What the benchmarks of the search share: a made-up library, queries and how they are asked, and
the other vector databases that are measured beside Image Finder."""
