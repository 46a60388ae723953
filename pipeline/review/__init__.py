"""Patrol photos: every file of a folder or archive looked at, compared and accounted for."""

from pipeline.review.inputs import Item, list_items
from pipeline.review.journal import Journal
from pipeline.review.ledger_sheet import write_ledger_sheet
from pipeline.review.patrol import PICTURES_NAME, Patrol, PlaceFinder
from pipeline.review.place_table import load_place_table
from pipeline.review.places import NOWHERE, PathPattern, Place, kind_in_words, place_of_words
from pipeline.review.posting import FindingPoster, PostedSums
from pipeline.review.queue_client import QueueClient
from pipeline.review.record import Outcome, Record
from pipeline.review.report_page import REPORT_NAME, write_report_pages
from pipeline.review.words import HAZARD_WORDS
from pipeline.review.worker import ReviewWorker, worker_name

__all__ = [
    "HAZARD_WORDS",
    "NOWHERE",
    "PICTURES_NAME",
    "REPORT_NAME",
    "FindingPoster",
    "Item",
    "Journal",
    "Outcome",
    "PathPattern",
    "Patrol",
    "Place",
    "PlaceFinder",
    "PostedSums",
    "QueueClient",
    "Record",
    "ReviewWorker",
    "kind_in_words",
    "list_items",
    "load_place_table",
    "place_of_words",
    "worker_name",
    "write_ledger_sheet",
    "write_report_pages",
]
