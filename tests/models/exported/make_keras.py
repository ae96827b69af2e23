"""Makes the keras_*.onnx beside it, as tf2onnx exports Keras' models: a few layers, random weights.

pip install tensorflow-cpu==2.21.0 tf2onnx==1.17.0 && python make_keras.py
"""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf
import tf2onnx
from keras import layers

HERE = Path(__file__).parent
SIZE = 32


def main() -> None:
    keras.utils.set_random_seed(1)
    image = keras.Input((SIZE, SIZE, 3), name="images")
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(image)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, strides=2, padding="same")(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Conv2D(24, 1)(x)
    scale = layers.Reshape((1, 1, 24))(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Conv2D(24, 1, activation="sigmoid")(scale)])
    base = keras.Model(image, x)
    top = layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    for name, model in (("keras_cnn", keras.Model(image, top)), ("keras_map", base)):
        signature = [tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32, name="images")]
        function = tf.function(lambda images, model=model: model(images), input_signature=signature)
        tf2onnx.convert.from_function(
            function, signature, opset=17, output_path=str(HERE / f"{name}.onnx")
        )


if __name__ == "__main__":
    main()
