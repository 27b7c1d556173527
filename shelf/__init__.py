"""How the first shelf is made: sources in a short notation, the compiler that makes UMF of them, and the comparison.

The shelf itself, `mos_appliance/shelf`, is data: what stands there is written by `python -m shelf` and never by hand.
"""
