"""The results: columns of matches, thumbnails, the selected picture's details and actions."""
