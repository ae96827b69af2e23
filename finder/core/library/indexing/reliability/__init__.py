"""Files and models that fail or take the process down."""
