"""The model that finds chords for a melody: its corpora, baselines, training and figures."""
