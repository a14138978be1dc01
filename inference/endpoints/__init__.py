"""Models elsewhere: Bedrock and Anthropic by their SDKs, what their refusals mean, limits and prices."""
