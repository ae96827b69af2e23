"""Reading and editing ONNX graphs. Imports neither the library nor preprocessing. A truncated
model is run to verify it."""
