"""Webhooks as people meet them: setting them up, knowing that they work, seeing what they told."""
