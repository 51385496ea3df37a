"""
What older versions of the desk stored and posted, and tests that today's desk still understands it.

Each folder holds what the desk of that day stored and posted, written down by running it: it never changes, and
never goes, because rows, messages and cards of that day are still out there. `words.json` lists every stored word.
"""
