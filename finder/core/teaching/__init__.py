"""Teaching: a projection of models' vectors that brings pictures with the same label together.

Numpy only. The result is an ordinary model: `taught_graph` appends the projection to the models'
ONNX graph.
"""
