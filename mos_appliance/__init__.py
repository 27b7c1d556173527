"""MOS, the Musical Operating System: a music classroom in a box."""
