"""The limited process in which every hostile byte is met, and what goes between it and the reader."""
