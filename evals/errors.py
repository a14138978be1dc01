"""What can be wrong with a question about quality; each says what to do."""

from __future__ import annotations

from schemas.errors import PermanentError, TransientError


class EvalError(PermanentError):
    """A question about quality can't be answered as it was put."""

    def __init__(self, problem: str, *, reason: str = "evals") -> None:
        super().__init__(problem, reason=reason)


class NothingReviewedError(EvalError):
    """Nobody has reviewed what a set would be made of."""


class BiasedError(EvalError):
    """Without audits a set tells of hard documents alone; ``--accept-biased`` builds it and stamps it."""


class UnknownSetError(EvalError):
    """There is no set of this name or id."""


class TamperedSetError(EvalError):
    """A set is not what was written; every difference is named."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems), reason="tampered_set")
        self.problems = problems


class UnknownVariantError(EvalError):
    """There is no bundle by this name."""


class UnscorableError(EvalError):
    """A set can't be scored as it is: documents are gone, or its truth is of another schema."""


class SpendingError(EvalError):
    """Answers that nobody bought yet would cost money; say that it may be spent."""


class SilentToolError(TransientError):
    """A server that a variant asks does not answer; once it does, the same command goes on where it was."""

    def __init__(self, server: str, problem: str) -> None:
        super().__init__(
            f"{problem}; what a variant says without it is not its answer: ask again once it answers",
            target=f"mcp:{server}",
        )


class RefusedPromotionError(EvalError):
    """The promotion rule does not allow it; the sentence says why.

    Args:
        problem: The sentence.
        code: Exit code of a command, as ``eval compare`` has it: 3 inconclusive, 4 worse or blocked.
    """

    def __init__(self, problem: str, *, code: int = 1) -> None:
        super().__init__(problem)
        self.code = code


class LostRaceError(EvalError):
    """Somebody else changed what is live meanwhile; look at it and decide again."""
