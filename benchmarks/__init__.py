"""Side-by-side timings against the recipe of the public notebooks: `make bench`, `python -m benchmarks CASE`."""
