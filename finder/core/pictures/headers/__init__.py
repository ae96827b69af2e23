"""What a picture's header says, read without decoding it."""
