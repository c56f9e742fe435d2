"""The page to keep as a bookmark: one artifact that each night writes anew, so that its address never changes.

Beside it each night keeps a version of its own, as of its hour.
"""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from calendars.messages import Wording
from flows.settings import OfficeSettings

KEY = "today"
NOT_YET = Wording("还没有夜间推进。", "No night has run yet.")


def today_id(settings: OfficeSettings) -> UUID:
    """The page's id. It is made if it is not there."""
    with get_client(sync_client=True) as client:
        return _standing(client) or _make(client, NOT_YET().text(settings.locale))


def draw_today(page: str) -> None:
    """Write the page anew."""
    with get_client(sync_client=True) as client:
        standing = _standing(client)
        if standing is None:
            _make(client, page)
        else:
            client.update_artifact(standing, ArtifactUpdate(data=page))


def _standing(client: SyncPrefectClient) -> UUID | None:
    """The oldest of its key, should there ever be two."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[KEY]))
    found = client.read_artifacts(artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=200)
    return found[-1].id if found else None


def _make(client: SyncPrefectClient, page: str) -> UUID:
    return client.create_artifact(ArtifactCreate(key=KEY, type="markdown", data=page)).id
