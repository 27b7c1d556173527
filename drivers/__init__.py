"""Adapters to the hardware, each with a simulated twin that ships."""
