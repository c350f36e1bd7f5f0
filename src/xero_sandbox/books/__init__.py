"""What an organisation holds and the rules that keep it true."""
