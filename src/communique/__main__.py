"""`python -m communique`: the command."""

from communique.cli import main

if __name__ == "__main__":
    main()
