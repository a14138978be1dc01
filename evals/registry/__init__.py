"""What is live, since when, by whom and on what evidence; going forward, and going back."""
