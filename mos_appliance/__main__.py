"""`python -m mos_appliance` is `mos`."""

import sys

from mos_appliance.app.command_line import program

sys.exit(program())
