"""For all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("mos", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mos")  # no test depends on how busy the machine is
