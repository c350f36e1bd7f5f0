"""Speed and memory, measured against bare references in the same run."""
