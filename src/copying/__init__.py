"""The log as a thing: copied from one database to another, written into a file and read back, and verified.

A copy is the same log: positions, recorded times and bytes. It has everything that is kept beside the events and is no
passing state; read models are not in it, since they grow again.
"""
