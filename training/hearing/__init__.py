"""The model that hears notes: music to learn from, rooms to hear it in, the network and its figures."""
