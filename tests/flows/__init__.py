"""Flows through the whole appliance, as its users go them."""
