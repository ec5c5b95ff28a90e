"""How rules written for one household become fast: numbers, luck, columns, rules, the compile cache."""
