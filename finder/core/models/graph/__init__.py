"""Reading and changing ONNX graphs. Knows no session, no library and no preprocessing."""
