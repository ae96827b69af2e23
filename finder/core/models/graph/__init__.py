"""Reading and editing ONNX graphs. Knows neither the library nor preprocessing; a truncated model
is run to verify it."""
