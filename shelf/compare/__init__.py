"""Our melodies against public sources, note by note: readers of what the sources are written in, and the comparison.

The sources are not part of the repository: whoever runs the comparison fetches them into a folder first.
"""
