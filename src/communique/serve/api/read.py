"""A text in, its records out. Nothing is kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from communique.records import Report
from communique.serve import models
from communique.serve.api.formats import JSON, as_json
from communique.serve.problems import Problem, reason_of
from communique.store.rows import kept

router = APIRouter()

TEXT = "text/plain"
BODY = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": models.Text.model_json_schema()}, TEXT: {"schema": {"type": "string"}}},
    }
}  # fmt: skip


@router.post("/read", response_model=dict[str, Any], openapi_extra=BODY, tags=["read"], summary="Events and statements of a text")
async def read(request: Request) -> Any:
    given = _given(request.headers.get("content-type", ""), await request.body())
    most = request.app.state.settings.text
    if len(given.text) > most:
        raise Problem("too-large", f"the text has {len(given.text):,} characters, more than {most:,}: cut it into its articles")
    report = Report(kept(given.text), given.id, given.title, given.published, given.source, given.url)
    coded = await request.app.state.reader.read(report)
    return as_json(request, coded.to_dict())


def _given(media: str, body: bytes) -> models.Text:
    """What a request's body says. Raises `Problem` for another type of content, and for what is not of its form."""
    kind = media.partition(";")[0].strip().lower()
    try:
        if kind == JSON:
            return models.Text.model_validate_json(body)
        if kind == TEXT:
            return models.Text.model_validate({"text": body.decode("utf-8")})
    except UnicodeDecodeError as error:
        raise Problem("bad-request", f"the text is not UTF-8 (byte {error.start})") from error
    except ValidationError as error:
        wrong = [
            {"in": "body", "name": ".".join(map(str, e["loc"])), "reason": reason_of(e["type"], e["msg"])} for e in error.errors()
        ]
        bad = any(e["type"] == "json_invalid" for e in error.errors())
        said = "; ".join(f"{e['name'] or 'body'}: {e['reason']}" for e in wrong)
        raise Problem("bad-request" if bad else "invalid", said, errors=wrong) from error
    raise Problem("unsupported-media-type", f"send {JSON} or {TEXT}, and say so in Content-Type")
