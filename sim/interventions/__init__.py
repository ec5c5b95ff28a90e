"""The four mechanisms: what their benefit streams do to a household's month."""
