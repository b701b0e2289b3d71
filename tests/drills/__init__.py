"""Drills: what must hold under load, crashes and outages, in a short form for every run and a long one by hand."""
