"""W3C MNX: scores as JSON, kept as they are, with typed ways to read and build them."""
