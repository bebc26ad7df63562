"""`python -m tap_sei_efficiency` is the command `tap-sei-efficiency`."""

from tap_sei_efficiency.tap import main

main()
