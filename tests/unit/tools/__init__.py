"""The tools of this project itself."""
