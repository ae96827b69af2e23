"""The preview: query and match side by side or one over the other."""
