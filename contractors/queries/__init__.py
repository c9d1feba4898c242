from contractors.queries.history import Line, history_of
from contractors.queries.lists import STAGES, draft_version, reading, stage_counts, status_counts
from contractors.queries.scoring import Board, BoardRow, board, revealed_scorecards
from contractors.queries.waiting import Standing, sentence, sentence_of, sentences, standing, standings

__all__ = [
    "STAGES",
    "Board",
    "BoardRow",
    "Line",
    "Standing",
    "board",
    "draft_version",
    "history_of",
    "reading",
    "revealed_scorecards",
    "sentence",
    "sentence_of",
    "sentences",
    "stage_counts",
    "standing",
    "standings",
    "status_counts",
]
