"""What a bank or payment service answers: read, and matched with what was sent."""

from milestones.queries.answers.lists import read_list
from milestones.queries.answers.pain002 import Said, read_report
from milestones.queries.answers.plan import Answer, AnswerRow, answers_read, decode, read_answer

__all__ = ["Answer", "AnswerRow", "Said", "answers_read", "decode", "read_answer", "read_list", "read_report"]
