"""`python -m rekisteri.embedded stop|clean`: what make and a broken command line can always call."""

import sys

from rekisteri import paths
from rekisteri.embedded import life
from rekisteri.errors import RekisteriError

ACTIONS = {"stop": life.stop, "clean": life.clean}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ACTIONS:
        sys.exit("usage: python -m rekisteri.embedded stop|clean")
    try:
        ACTIONS[sys.argv[1]](paths.home())
    except RekisteriError as error:
        sys.exit(str(error))
