"""The demo's records: who answers for certificates, a training for the two neighbours, and honour hours of Bo."""

from datetime import date, timedelta

from app.access.actor import Actor, actor_of
from app.demo import cast
from app.demo.place import COMMUNITY
from app.records import granting, issuing
from app.records.granting import Grant
from app.records.models import EntryKind


def keep_records(today: date) -> None:
    """One of each that stands on a record beside visits; one more waits for the second coordinator."""
    lin, wang = _actor("lin"), _actor("approver")
    issuing.set_issuer(
        lin, COMMUNITY, name="宜昌市西陵区樵湖岭社区居民委员会", responsible=cast.BY_KEY["lin"].name,
        handler=cast.BY_KEY["approver"].name, phone="+867176551234",
    )  # fmt: skip
    for key in ("bo", "dan"):
        training = Grant(
            EntryKind.TRAINING, "上门服务与急救基础", "西陵街道社工站", "樵湖岭社区", today - timedelta(days=40), 120
        )
        granting.enter(lin, cast.person_of(key).id, training)
    bo = cast.person_of("bo").id
    granting.enter(lin, bo, Grant(EntryKind.HONOUR, "季度优秀志愿者", "樵湖岭社区", "", today - timedelta(days=12), 0))
    flood = Grant(EntryKind.HONOUR_HOURS, "汛期值守", "西陵街道", "樵湖岭社区", today - timedelta(days=30), 240)
    granting.decide(wang, granting.enter(lin, bo, flood).id, approve=True)
    fair = Grant(EntryKind.HONOUR_HOURS, "重阳节活动", "樵湖岭社区", "", today - timedelta(days=20), 90)
    granting.enter(lin, bo, fair)


def _actor(key: str) -> Actor:
    actor = actor_of(cast.person_of(key).id)
    assert actor is not None
    return actor
