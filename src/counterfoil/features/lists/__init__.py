"""What a person keeps of the lists: views of their own, and which columns they want to see."""
