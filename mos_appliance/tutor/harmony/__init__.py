"""Chords: what those that sound are called, which ones suit a melody, and how four voices move from one to the next."""
