"""The novel report card: how good is a model's prose beside that of people?

Four marks, spelling, grammar, context and newness, and fit. Every figure is measured in the same
way on held-out human text, which is the yardstick: not zero errors.
"""
