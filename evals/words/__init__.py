"""What is printed: comparisons, drift and accuracy as lines of text, without any value of a document."""
