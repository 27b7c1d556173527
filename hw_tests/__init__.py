"""Hardware tests: the same tests on the virtual bench, an emulated image and a real board."""
