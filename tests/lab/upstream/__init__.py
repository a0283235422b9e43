"""The lab's upstreams: generated content behind Debian's docker-registry and nginx on loopback."""
