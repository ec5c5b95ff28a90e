"""Evidence, and how the model is fitted to it and tested against it."""
