"""`python -m chatsim`."""

from chatsim.cli.main import main

if __name__ == "__main__":
    main()
