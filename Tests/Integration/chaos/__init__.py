"""Chaos: a known set of events, faults in everything around the daemon, and an exact comparison afterwards.

`make chaos` runs it by hand, test_chaos.py a short form of it. The way of a round: plan.py draws it from a seed,
round.py carries it out on sites (site.py) whose broker and database all sites share (servers.py), checker.py compares
by the rules of fact_check.py, and story.py tells what happened to an event that ended wrong.
"""
