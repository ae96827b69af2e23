"""What `answering` and `stutter` share: driving the real window, and measuring in it."""
