"""The library: what a piece is, how it is found, how hard it is, what is kept. Pure: no file, no clock."""
