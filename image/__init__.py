"""What makes an image of what Buildroot builds: configuration, parts, partitions, cards."""
