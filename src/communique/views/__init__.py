"""What people look at: a coded report in the terminal, and as one self-contained page."""
