"""What is this, is it readable, how sure are we, where does it go."""
