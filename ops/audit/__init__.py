"""The audit: is what comes out still what it was, and what should be mended first?"""
