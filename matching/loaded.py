"""What every process of a pool needs, loaded once by the server that they are forked from: importing this is enough.

Nothing is solved here: a solver may begin threads, which a fork would not have.
"""

from matching.solver import load_compiled

load_compiled()
