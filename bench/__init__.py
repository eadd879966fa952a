"""Benchmarks: ours and the limit or a peer side by side in one run, on servers of their own."""
