"""Scanned well logs with the truth behind them: the curves, the mask and what the header says."""
