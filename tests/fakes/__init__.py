"""Stand-ins for whole processes, speaking over the real sockets."""
