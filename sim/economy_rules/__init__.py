"""Rules of the household economy: family, health, work, earnings, accounts, poverty."""
