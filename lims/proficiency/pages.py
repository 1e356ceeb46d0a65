"""Pages of proficiency rounds."""

from fastapi import APIRouter

router = APIRouter(prefix="/proficiency")
