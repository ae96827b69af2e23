"""Text in pictures: its lines, with their places, read by an optional package (the extra `ocr`)."""
