"""How fast Projectory appends and catches up, beside the `eventsourcing` library and a bare INSERT.

`make bench` runs everything on one PostgreSQL of its own that keeps what it commits (fsync on), in several
rounds that take the contestants in turn, and reports medians: a shared machine is noisy. Ratios carry over to
other machines, absolute figures do not. Every run checks its own result before its time counts.
"""
