"""Exercises made to order: scales and chords in all keys, melodies to read and to echo, rhythms. Pure."""
