"""The subcommands of `mos`, one module each, found by their file name.

A module has `register(subparsers)`, which adds its parser, and `run(args) -> int`, which returns the exit code. What
is slow to import is imported inside `run`, so that `mos --help` is quick. Errors are raised, never printed:
`command_line` turns them into one line and an exit code, with the path in front when the argument is called `file`.
"""
