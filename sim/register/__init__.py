"""The register: identification, review, exit, re-verification, return, monitoring; villages and counties."""
