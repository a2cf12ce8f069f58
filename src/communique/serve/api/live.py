"""New incidents as they come, as server-sent events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from communique.asking import country, question
from communique.serve import models
from communique.serve.stream import chooser

router = APIRouter()

MEDIA = "text/event-stream"


@router.get("/stream", tags=["incidents"], summary="New incidents as they come", response_class=StreamingResponse,
            responses={200: {"description": "Server-sent events: `incident`, and `reset` where too many were missed.",
                             "content": {MEDIA: {"schema": {"type": "string"}}}}})  # fmt: skip
async def stream(
    request: Request, asked: Annotated[models.AskedStream, Query()],
    last_event_id: Annotated[str, Header(max_length=100)] = "",
) -> Any:  # fmt: skip
    narrowed = {"type": tuple(asked.type), "status": tuple(asked.status)}
    query = await run_in_threadpool(question, "incidents", request.app.state.store, **narrowed)
    wanted = chooser(tuple(map(country, asked.country)), query.type, query.status)
    broadcast = request.app.state.broadcast
    broadcast.room()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(broadcast.listen(last_event_id, wanted), media_type=MEDIA, headers=headers)
