"""What a picture's metadata says in words."""
