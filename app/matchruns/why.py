"""Why this person: the reasons that a volunteer and a coordinator read, from the parts of a score."""

from collections.abc import Mapping

FROM_SCORE = ("regular", "language", "gender")


def reasons(score: Mapping[str, int]) -> list[str]:
    """Words by key: `skill` and `near` hold for whoever is asked; the others where the score says so."""
    return ["skill", "near", *(part for part in FROM_SCORE if score.get(part, 0) > 0)]
