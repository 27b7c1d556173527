"""Random and damaged bytes for every door of the appliance: `python -m tests.fuzz NAME --cases N --seed S`."""
