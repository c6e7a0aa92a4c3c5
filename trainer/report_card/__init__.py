"""The novel report card: how a model's prose compares with human prose.

It has four marks, spelling, grammar, context and newness, and the model's fit. Every figure is
measured in the same way on held-out human text, which is the yardstick: the aim is the human level,
not zero errors.
"""
