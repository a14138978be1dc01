"""The local model as an endpoint: on Bedrock's and Anthropic's wires, for any client that speaks them."""
