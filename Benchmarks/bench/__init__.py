"""Benchmarks of notifyd beside what people would pick instead, in one run on the same servers: `make bench`."""
