"""The writer's client: gets candidates from a model server, ranks them, keeps the story."""
