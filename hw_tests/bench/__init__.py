"""The virtual bench: an instruction-counted Cortex-A53 made of Debian packages and QEMU."""
