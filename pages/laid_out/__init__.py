"""Documents without a geometry of their own, laid out on pages of a grid."""
