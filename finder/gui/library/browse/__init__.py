"""The library page: all pictures as a grid."""
