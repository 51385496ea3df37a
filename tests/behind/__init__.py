"""Slack and the engine as they are seen from behind a proxy: by their names, over TLS, by an authority of one's own."""
