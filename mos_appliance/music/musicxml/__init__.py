"""MusicXML 4.0: read into MNX and written from it, and nothing lost without a word."""
