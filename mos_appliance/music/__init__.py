"""Pitch, rhythm, notes, MIDI: the pure musical domain."""
