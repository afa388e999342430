"""What a certificate says, bound together by one fingerprint: a paper that was altered here is not printed again."""

import hashlib
import json
from collections.abc import Sequence

from app.records.models import Certificate, CertificateLine, CertificatePaper

VERSION = "lianxin-certificate/1"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: read aloud and typed without a slip
CODE_LENGTH = 20  # 100 bits: nobody guesses one


def fingerprint_of(certificate: Certificate, paper: CertificatePaper, lines: Sequence[CertificateLine]) -> str:
    """SHA-256 over the version and the canonical JSON array of everything on the paper, its secret salt included.

    Without the salt (an erased paper) it says nothing about what was there.
    """
    said = [
        certificate.id, certificate.issuer_code, certificate.year, certificate.number, certificate.volunteer_id,
        certificate.from_day.isoformat(), certificate.until_day.isoformat(), certificate.line_count,
        certificate.minutes, certificate.honour_min, certificate.issued_at.isoformat(timespec="seconds"),
        [paper.name, paper.service_number, paper.issuer_name, paper.responsible, paper.handler, paper.phone],
        paper.salt,
        [_line(line) for line in lines],
    ]  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{VERSION}\n{text}".encode()).hexdigest()


def _line(line: CertificateLine) -> list[str | int]:
    return [
        line.place_nr, line.day.isoformat(), line.content_zh, line.content_en, line.place, line.minutes, line.proof,
        line.visit_id or "", line.entry_id or "", line.transfer_uid or "",
    ]  # fmt: skip
