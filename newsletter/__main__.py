"""python -m newsletter, and the command `newsletter`: sets up signals first, and only then imports the rest."""

from newsletter.runtime import signals


def main() -> None:
    """Run the command line."""
    signals.begin()
    from newsletter.cli import main as run  # because a signal may come while this is read

    run()


if __name__ == "__main__":
    main()
