"""Tests of `mos_appliance.music`."""
