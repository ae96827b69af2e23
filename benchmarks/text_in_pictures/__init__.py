"""How well text in pictures is read, by what Image Finder uses and by other packages."""
