"""``python -m pointnemo``: the command line, where its script is not on the path."""

from pointnemo.cli.main import run

if __name__ == "__main__":
    run()
