"""The companion: its API and its page."""
