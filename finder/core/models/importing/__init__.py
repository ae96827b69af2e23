"""An untrusted model file: read with limits (`model_reader`), inspected (`inspection`,
`recognition`, `preprocessing_guess`), and made into a model folder (`model_import`).
"""
