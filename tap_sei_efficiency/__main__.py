"""The command `tap-sei-efficiency`, also as `python -m tap_sei_efficiency`."""

import gc


def main() -> None:
    """Load the tap, and run its command line."""
    # Imports create no garbage, and the search for it among hundreds of modules took a tenth of the start.
    gc.disable()
    from tap_sei_efficiency.tap import main as run  # noqa: PLC0415 - while the garbage collector is off

    gc.enable()
    run()


if __name__ == "__main__":
    main()
