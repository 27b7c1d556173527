"""Every message that crosses a process boundary, as tables; pure bytes in, values out."""
