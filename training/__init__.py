"""How each shipped model was made and measured; not on the image."""
