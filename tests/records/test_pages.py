"""The pages of records and certificates, and above all what a stranger reads."""

import io
import json
import re
import zipfile
from typing import Any

from sqlalchemy import func, select

from app.db import session as database
from app.db import transaction
from app.records import checking
from app.records.models import Certificate, Issuer, RecordEntry, RevocationWord
from app.signin.models import TryCounter
from tests.factories import COMMUNITY
from tests.people import Cast
from tests.records.support import ISSUER, certified, days_ago, granted, name_issuer, revoked, served
from tests.support.counting import count_of


def a_certificate(people: Cast, **served_as: Any) -> Certificate:
    with transaction():
        name_issuer(people)
        served(people, **served_as)
        return certified(people)


def page(client: Any, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)[:500]
    return str(answer.get_data(as_text=True))


def words_of(said: str) -> str:
    """What the main part of a page says, without its marks."""
    return re.sub(r"<[^>]*>", " ", said.split("<main")[1].split("</main>")[0])


# The stranger ---------------------------------------------------------------------------------------------------------


def test_a_stranger_reads_genuine_and_nothing_else(stored: Cast, client: Any) -> None:
    certificate = a_certificate(stored, minutes=47)
    for lang, word in (("zh", "真实有效"), ("en", "Genuine")):
        said = page(client, f"/certificates/{certificate.code}?lang={lang}")
        assert word in said
        facts = ("李博", "居民委员会", certificate.printed_number, "47", *ISSUER.values(), "2026", certificate.id)
        assert [fact for fact in facts if fact in words_of(said)] == []


def test_a_revoked_certificate_says_so_and_not_why(stored: Cast, client: Any) -> None:
    certificate = a_certificate(stored)
    with transaction():
        revoked(stored, certificate, "姓名写错")
    said = page(client, f"/certificates/{certificate.code}")
    assert "已撤销" in said
    assert "真实有效" not in said
    assert "姓名写错" not in said


def test_an_address_that_we_did_not_issue_is_not_ours(stored: Cast, client: Any) -> None:
    a_certificate(stored)
    said = page(client, "/certificates/00000000000000000000", 404)
    assert "查无此证明" in said
    assert "真实有效" not in said


def test_who_guesses_codes_is_not_answered_any_more_and_others_are(stored: Cast, client: Any) -> None:
    certificate = a_certificate(stored)
    for number in range(checking.WRONG_CODES_AN_HOUR):
        page(client, f"/certificates/{number:020d}", 404)
    page(client, "/certificates/zzzzzzzzzzzzzzzzzzzz", 429)
    page(client, f"/certificates/{certificate.code}", 429)
    elsewhere = client.get(f"/certificates/{certificate.code}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200


def test_reading_a_certificate_leaves_no_trace_and_guessing_keeps_no_network_address(stored: Cast, client: Any) -> None:
    certificate = a_certificate(stored)
    before = database.scalar(select(func.count()).select_from(TryCounter))
    page(client, f"/certificates/{certificate.code}")
    assert database.scalar(select(func.count()).select_from(TryCounter)) == before
    page(client, "/certificates/nothing", 404)
    subjects = database.scalars(select(TryCounter.subject)).all()
    assert len(subjects) == (before or 0) + 1
    assert not any("127.0.0.1" in subject for subject in subjects)


def test_the_paper_is_compared_and_the_answer_is_yes_or_no(stored: Cast, client: Any) -> None:
    certificate = a_certificate(stored, minutes=102)
    where, number = f"/certificates/{certificate.code}", certificate.printed_number
    said = client.post(where, data={"number": number, "hours": "1", "rest": "42"}).get_data(as_text=True)
    assert "与开具时一致" in said
    wrong = client.post(where, data={"number": number, "hours": "99", "rest": ""}).get_data(as_text=True)
    assert "不一致" in wrong
    assert "42" not in words_of(wrong)
    nonsense = client.post(where, data={"number": "", "hours": "x", "rest": "99"})
    assert nonsense.status_code == 422


# The volunteer --------------------------------------------------------------------------------------------------------


def test_a_volunteer_reads_her_record_asks_and_prints(stored: Cast, log_in: Any) -> None:
    with transaction():
        name_issuer(stored)
        visit = served(stored, minutes=42)
        granted(stored, title="防汛")
    bo = log_in(stored.bo)
    said = page(bo, "/v/record")
    assert all(word in said for word in ("42 分钟", "樵湖岭社区", "防汛", f"{COMMUNITY}-00001", "凭连心卡签到"))
    assert "六项要素" in page(bo, f"/v/record/services/{visit.id}")
    answer = bo.post("/v/record/certificates", data={"what": "all"})
    assert answer.status_code == 303
    paper = page(bo, answer.headers["Location"])
    assert all(word in paper for word in ("李博", *ISSUER.values()) if not word.startswith("+"))
    assert "0717-655 1234" in paper
    assert '<svg' in paper
    english = page(bo, f"{answer.headers['Location']}?lang=en")
    assert "This certifies that 李博" in english
    assert f"{COMMUNITY}-2026-000001" in page(bo, "/v/record/certificates")


def test_without_service_or_issuer_the_page_says_what_to_do(stored: Cast, log_in: Any) -> None:
    before = log_in(stored.bo)
    assert "目前还没有" in page(before, "/v/record/certificates")
    assert before.post("/v/record/certificates", data={"what": "all"}).status_code == 422
    with transaction():
        served(stored)
    bo = log_in(stored.bo)
    answer = bo.post("/v/record/certificates", data={"what": "year-2026"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/v/record/certificates")
    assert "等社区填好出具单位信息后开具" in page(bo, "/v/record/certificates")


def test_days_that_cannot_be_read_are_asked_again_with_what_was_typed(stored: Cast, log_in: Any) -> None:
    with transaction():
        served(stored)
    typed = {"what": "span", "from_day": "2026-06-16", "until_day": "2026-06-01"}
    answer = log_in(stored.bo).post("/v/record/certificates", data=typed)
    assert answer.status_code == 422
    assert 'value="2026-06-01"' in answer.get_data(as_text=True)


def test_the_certificate_of_another_is_not_there(stored: Cast, log_in: Any) -> None:
    certificate = a_certificate(stored)
    page(log_in(stored.dan), f"/v/record/certificates/{certificate.id}", 404)
    page(log_in(stored.xu), f"/c/records/certificates/{certificate.id}", 404)


def test_a_record_is_taken_away_in_three_forms(stored: Cast, log_in: Any) -> None:
    with transaction():
        served(stored)
    bo = log_in(stored.bo)
    assert json.loads(bo.get("/v/record.json").data)["service"][0]["minutes"] == 42
    assert zipfile.ZipFile(io.BytesIO(bo.get("/v/record.csv").data)).namelist()[0] == "person.csv"
    assert bo.get("/v/record.xlsx").data[:2] == b"PK"


def test_the_sheet_for_an_employer_names_no_elder(stored: Cast, log_in: Any) -> None:
    with transaction():
        served(stored, ago=3, minutes=42)
        served(stored, ago=40, minutes=30)
    said = page(log_in(stored.bo), f"/v/record/sheet?from_day={days_ago(10)}&until_day={days_ago(0)}")
    assert "42 分钟" in said
    assert "30 分钟" not in said
    assert stored.chen.name not in said
    assert "陈" not in said


# The desk -------------------------------------------------------------------------------------------------------------


def test_the_desk_names_its_issuer_and_bad_words_are_asked_again(stored: Cast, log_in: Any) -> None:
    lin, where = log_in(stored.lin), f"/c/records/issuers/{COMMUNITY}"
    bad = lin.post(where, data={**ISSUER, "phone": "abc", "handler": ""})
    assert bad.status_code == 422
    assert ISSUER["name"] in bad.get_data(as_text=True)
    assert lin.post(where, data=ISSUER).status_code == 303
    assert database.scalars(select(Issuer.unit_code)).all() == [COMMUNITY]
    assert log_in(stored.xu).get(where).status_code == 404


def test_honour_hours_go_over_two_desks(stored: Cast, log_in: Any) -> None:
    lin, where = log_in(stored.lin), f"/c/volunteers/{stored.bo.id}/record"
    typed = {"kind": "honour_hours", "title": "防汛", "giver": "街道", "day": f"{days_ago(2)}"}
    typed |= {"hours": "2", "rest": "30"}
    assert lin.post(f"{where}/entries", data={**typed, "hours": "", "rest": ""}).status_code == 422
    assert lin.post(f"{where}/entries", data=typed).status_code == 303
    entry = database.scalars(select(RecordEntry)).one()
    assert entry.minutes == 150
    decide = f"/c/records/entries/{entry.id}/approve"
    assert lin.post(decide).status_code == 403
    assert "防汛" in page(log_in(stored.approver), "/c/records")
    assert log_in(stored.approver).post(decide).status_code == 303
    assert "2 小时 30 分钟" in page(lin, where)


def test_a_revocation_goes_over_two_desks(stored: Cast, log_in: Any) -> None:
    certificate = a_certificate(stored)
    lin, where = log_in(stored.lin), f"/c/records/certificates/{certificate.id}"
    assert lin.post(f"{where}/revoke", data={"reason": ""}).status_code == 422
    lin.post(f"{where}/revoke", data={"reason": "日期有误"})
    assert certificate.printed_number in page(log_in(stored.approver), "/c/records")
    said = page(log_in(stored.approver), where)
    proposal = said.split("/c/records/revocations/")[1].split("/")[0]
    assert lin.post(f"/c/records/revocations/{proposal}/approve").status_code == 403
    assert log_in(stored.approver).post(f"/c/records/revocations/{proposal}/approve").status_code == 303
    assert database.scalars(select(RevocationWord.approved)).all() == [True]


def test_the_desk_searches_certificates_by_name_and_number(stored: Cast, log_in: Any) -> None:
    certificate = a_certificate(stored)
    lin = log_in(stored.lin)
    for words in ("李博", certificate.printed_number, "1"):
        assert certificate.printed_number in page(lin, f"/c/records?q={words}")
    assert certificate.printed_number not in page(lin, "/c/records?q=邓丹")


def test_the_records_of_a_unit_are_taken_away_by_the_desk(stored: Cast, log_in: Any) -> None:
    with transaction():
        served(stored)
    lin = log_in(stored.lin)
    asked = {"unit_code": COMMUNITY, "from_day": f"{days_ago(30)}", "until_day": f"{days_ago(0)}", "kind": "json"}
    assert json.loads(lin.post("/c/records/export", data=asked).data)["service"][0]["minutes"] == 42
    assert lin.post("/c/records/export", data={**asked, "from_day": "2020-01-01"}).status_code == 422
    assert log_in(stored.xu).post("/c/records/export", data=asked).status_code == 404


def test_the_number_of_queries_of_a_record_does_not_grow_with_its_services(stored: Cast, log_in: Any) -> None:
    with transaction():
        served(stored)
    few = count_of(lambda: page(log_in(stored.bo), "/v/record"))
    with transaction():
        for ago in range(4, 24):
            served(stored, ago=ago)
    assert count_of(lambda: page(log_in(stored.bo), "/v/record")) <= few
