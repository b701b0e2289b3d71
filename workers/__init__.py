"""Dramatiq on Redis: processes that run the projections when they are woken.

A message says only that there is news. What is to be done stands in the log and the checkpoints, so
messages may be lost, doubled or late.
"""
