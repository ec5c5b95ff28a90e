"""The commands of `povsim`, a file each; everything heavy is imported inside them, so that `--help` answers at once."""
