"""One composition root a process, the settings and the command line."""
