"""Adapters to the network: sockets in, messages out."""
