"""The instrument, sans-I/O: what one block of sound is made of."""
