"""SPF, DKIM, DMARC and MX, as a stub DNS server has them."""

from dataclasses import replace

import pytest

from newsletter.doctor.finding import DoctorFinding, DoctorSeverity
from newsletter.doctor.names import MailDomains
from newsletter.message.dkim_key import make_key
from newsletter.settings import Settings
from newsletter.settings.values import mailbox
from tests.newsletter.doctor.zone import Zone

RECORD = make_key().record
SETTINGS = Settings(
    from_=mailbox("News <news@example.org>"),
    return_path=mailbox("bounces@mail.example.org"),
    smtp_host="relay.example.net",
    dkim_domain="example.org",
    dkim_selector="news2026",
    dkim_key_file="dkim.pem",
)


@pytest.fixture(autouse=True)
def healthy(zone: Zone) -> None:
    """Everything is as it should be, until a test changes it."""
    zone.set("relay.example.net", "A", "192.0.2.7")
    zone.text("mail.example.org", "v=spf1 ip4:192.0.2.0/28 -all", "another text")
    zone.set("mail.example.org", "MX", "20 second.example.org.", "10 first.example.org.")
    zone.set("example.org", "MX", "10 mx.example.org.")
    zone.text("news2026._domainkey.example.org", RECORD)
    zone.text("_dmarc.example.org", "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org")


def found(zone: Zone, subject: str, settings: Settings = SETTINGS, record: str = RECORD) -> DoctorFinding:
    """The first finding on a subject."""
    return next(each for each in MailDomains(zone.lookup, settings, record).examine() if each.subject == subject)


def test_a_healthy_domain_is_found_healthy(zone: Zone) -> None:
    findings = list(MailDomains(zone.lookup, SETTINGS, RECORD).examine())
    assert {finding.severity for finding in findings} == {DoctorSeverity.OK}, findings
    assert [finding.subject for finding in findings] == [
        "SPF", "DKIM", "DMARC", "alignment", "return path", "return path",
    ]  # fmt: skip
    assert "allows 192.0.2.7" in findings[0].found
    assert "goes to first.example.org" in findings[4].found


# SPF


def test_without_spf_the_record_to_add_is_given_word_for_word(zone: Zone) -> None:
    zone.text("mail.example.org", "nothing of the kind")
    finding = found(zone, "SPF")
    assert finding.severity is DoctorSeverity.ERROR
    assert finding.record == 'mail.example.org. IN TXT "v=spf1 ip4:192.0.2.7 ~all"'
    assert "5.7.26" in finding.consequence


def test_a_relay_that_is_not_allowed_is_a_warning_with_the_record_extended(zone: Zone) -> None:
    zone.text("mail.example.org", "v=spf1 ip4:198.51.100.0/24 mx -all")
    finding = found(zone, "SPF")
    assert finding.severity is DoctorSeverity.WARNING
    assert finding.record == 'mail.example.org. IN TXT "v=spf1 ip4:198.51.100.0/24 mx ip4:192.0.2.7 -all"'


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 a:relay.example.net ~all",
        "v=spf1 a:relay.example.net/24 ~all",
        "V=SPF1 -ip4:203.0.113.1 +include:deep.example.net -all",
        "v=spf1 redirect=deep.example.net",
        "v=spf1 mx:relays.example.net -all",
        "v=spf1 exists:%{i}.example.net ip4:192.0.2.7 exp=why.example.org",
        "v=spf1 a:six.example.net//64 ?ip6:2001:db8::/32 ip4:192.0.2.7 ~all",
    ],
)
def test_a_relay_is_found_wherever_the_record_allows_it(zone: Zone, record: str) -> None:
    zone.text("deep.example.net", "v=spf1 include:deeper.example.net -all")
    zone.text("deeper.example.net", "v=spf1 ip4:192.0.2.7 -all")
    zone.set("relays.example.net", "MX", "10 relay.example.net.")
    zone.set("six.example.net", "AAAA", "2001:db8::1")
    zone.text("mail.example.org", record)
    assert found(zone, "SPF").severity is DoctorSeverity.OK


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 -all",
        "v=spf1 -include:deep.example.net ~all",
        "v=spf1 include:other.example.net -all",
    ],
)
def test_a_relay_that_is_ruled_out_is_not_allowed(zone: Zone, record: str) -> None:
    zone.text("other.example.net", "v=spf1 ip4:198.51.100.7 -all")
    zone.text("deep.example.net", "v=spf1 ip4:192.0.2.7 -all")
    zone.text("mail.example.org", record)
    assert found(zone, "SPF").severity is DoctorSeverity.WARNING


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("v=spf1 -all", "v=spf1 mx -all"), "there are 2 of them"),
        (("v=spf1 include:nobody.example.net -all",), "includes nobody.example.net, which has no SPF record"),
        (("v=spf1 ipv4:192.0.2.7 -all",), "“ipv4:192.0.2.7” means nothing in an SPF record"),
        (("v=spf1 ip4:192.0.2.777 -all",), "names no address"),
        (("v=spf1 include:loop.example.net -all",), "more than 10 lookups"),
        (("v=spf1 mx:many.example.net ip4:192.0.2.7 -all",), "has 11 mail servers"),
        (("v=spf1 a:x.example.net a:y.example.net mx:z.example.net ip4:192.0.2.7 -all",), "find nothing"),
    ],
)
def test_a_record_on_which_receivers_give_up_is_an_error(zone: Zone, texts: tuple[str, ...], words: str) -> None:
    zone.text("loop.example.net", "v=spf1 include:loop.example.net -all")
    zone.set("many.example.net", "MX", *(f"10 relay{number}.example.net." for number in range(11)))
    for number in range(11):
        zone.set(f"relay{number}.example.net", "A", "198.51.100.7")
    zone.text("mail.example.org", *texts)
    finding = found(zone, "SPF")
    assert finding.severity is DoctorSeverity.ERROR
    assert words in finding.found


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 ip4:192.0.2.7 -all redirect=loop.example.net",
        "v=spf1 redirect=loop.example.net ip4:192.0.2.7 -all",
        "v=spf1 ip4:192.0.2.7 ~all include:loop.example.net",
        "v=spf1 a:x.example.net a:y.example.net ip4:192.0.2.7 -all",
    ],
)
def test_nothing_behind_all_is_read_and_two_lookups_in_vain_are_allowed(zone: Zone, record: str) -> None:
    zone.text("loop.example.net", "v=spf1 include:loop.example.net -all")
    zone.text("mail.example.org", record)
    assert found(zone, "SPF").severity is DoctorSeverity.OK


@pytest.mark.parametrize(("includes", "severity"), [(10, DoctorSeverity.OK), (11, DoctorSeverity.ERROR)])
def test_ten_lookups_are_followed_and_no_more(zone: Zone, includes: int, severity: DoctorSeverity) -> None:
    for number in range(includes):
        zone.text(f"n{number}.example.net", "v=spf1 ip4:198.51.100.7 -all")
    terms = " ".join(f"include:n{number}.example.net" for number in range(includes))
    zone.text("mail.example.org", f"v=spf1 {terms} ip4:192.0.2.7 -all")
    assert found(zone, "SPF").severity is severity


def test_a_record_that_lets_everybody_send_is_an_error(zone: Zone) -> None:
    zone.text("mail.example.org", "v=spf1 ip4:192.0.2.7 +all")
    assert "lets everybody send" in found(zone, "SPF").found


def test_the_include_of_a_known_relay_is_enough(zone: Zone) -> None:
    mailgun = replace(SETTINGS, smtp_host="smtp.eu.mailgun.org")
    zone.text("mailgun.org", "v=spf1 ip4:198.51.100.0/24 -all")
    zone.text("mail.example.org", "v=spf1 include:mailgun.org ~all")
    assert found(zone, "SPF", mailgun) == DoctorFinding(
        "SPF", DoctorSeverity.OK, "mail.example.org includes mailgun.org."
    )
    zone.text("mail.example.org", "v=spf1 mx ~all")
    finding = found(zone, "SPF", mailgun)
    assert finding.severity is DoctorSeverity.WARNING
    assert finding.record == 'mail.example.org. IN TXT "v=spf1 mx include:mailgun.org ~all"'


def test_a_relay_with_a_return_path_of_its_own_only_earns_a_note(zone: Zone) -> None:
    finding = found(zone, "SPF", replace(SETTINGS, smtp_host="smtp-broadcasts.postmarkapp.com"))
    assert finding.severity is DoctorSeverity.NOTE
    assert "include:spf.mtasv.net" in finding.record


def test_a_relay_on_this_machine_cannot_be_judged_from_here(zone: Zone) -> None:
    here = replace(SETTINGS, smtp_host="127.0.0.1")
    assert found(zone, "SPF", here).severity is DoctorSeverity.NOTE
    zone.text("mail.example.org", "x")
    assert found(zone, "SPF", here).severity is DoctorSeverity.ERROR


# DKIM


def test_a_missing_key_record_is_given_word_for_word(zone: Zone) -> None:
    del zone.records["news2026._domainkey.example.org", "TXT"]
    finding = found(zone, "DKIM")
    assert finding.severity is DoctorSeverity.ERROR
    assert finding.record.startswith('news2026._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=')
    assert finding.record.replace('" "', "").count(RECORD) == 1


@pytest.mark.parametrize(
    ("record", "severity", "words"),
    [
        (make_key().record, DoctorSeverity.ERROR, "has another key in it"),
        (make_key(ed25519_wanted=True).record, DoctorSeverity.ERROR, "has another key in it"),
        ("v=DKIM1; p=", DoctorSeverity.ERROR, "no longer valid"),
        (RECORD.replace("k=rsa", "h=sha1; k=rsa"), DoctorSeverity.ERROR, "does not allow this kind"),
        (RECORD + "; t=y", DoctorSeverity.WARNING, "only testing"),
        (RECORD.replace("v=DKIM1; k=rsa; ", ""), DoctorSeverity.OK, "matches"),
        (RECORD.replace("p=", "p = "), DoctorSeverity.OK, "matches"),
    ],
    ids=["another", "another kind", "revoked", "another hash", "testing", "bare", "spaced"],
)
def test_the_key_record_must_fit_our_key(zone: Zone, record: str, severity: DoctorSeverity, words: str) -> None:
    zone.text("news2026._domainkey.example.org", record)
    finding = found(zone, "DKIM")
    assert (finding.severity, words in finding.found) == (severity, True), finding


def test_mail_that_is_not_signed_here_is_a_note(zone: Zone) -> None:
    assert found(zone, "DKIM", record="").severity is DoctorSeverity.NOTE


# DMARC and alignment


def test_without_dmarc_the_record_to_add_is_given_word_for_word(zone: Zone) -> None:
    del zone.records["_dmarc.example.org", "TXT"]
    finding = found(zone, "DMARC")
    assert finding.severity is DoctorSeverity.WARNING
    assert finding.record == '_dmarc.example.org. IN TXT "v=DMARC1; p=none"'


def test_a_policy_nobody_knows_is_an_error(zone: Zone) -> None:
    zone.text("_dmarc.example.org", "v=DMARC1; rua=mailto:dmarc@example.org")
    assert found(zone, "DMARC").severity is DoctorSeverity.ERROR


def test_the_policy_of_the_organisation_holds_for_its_subdomains(zone: Zone) -> None:
    deep = replace(SETTINGS, from_=mailbox("news@a.b.example.org"))
    assert found(zone, "DMARC", deep).found == "example.org asks for p=quarantine."
    assert found(zone, "alignment", deep).severity is DoctorSeverity.OK


@pytest.mark.parametrize(
    ("policy", "dkim", "path", "record", "severity"),
    [
        ("p=none", "example.org", "example.net", RECORD, DoctorSeverity.OK),
        ("p=none", "mail.example.org", "example.net", RECORD, DoctorSeverity.OK),
        ("p=none; adkim=s", "mail.example.org", "example.net", RECORD, DoctorSeverity.ERROR),
        ("p=none; adkim=s", "mail.example.org", "example.org", RECORD, DoctorSeverity.WARNING),
        ("p=none", "example.net", "example.org", RECORD, DoctorSeverity.WARNING),
        ("p=none", "example.net", "example.net", RECORD, DoctorSeverity.ERROR),
        ("p=none", "", "mail.example.org", "", DoctorSeverity.NOTE),
        ("p=none; aspf=s", "", "mail.example.org", "", DoctorSeverity.WARNING),
        ("p=none", "", "notexample.org", "", DoctorSeverity.WARNING),
    ],
)
def test_alignment_is_judged_as_receivers_do(
    zone: Zone, policy: str, dkim: str, path: str, record: str, severity: DoctorSeverity
) -> None:
    zone.text("_dmarc.example.org", f"v=DMARC1; {policy}")
    settings = replace(SETTINGS, dkim_domain=dkim, return_path=mailbox(f"bounces@{path}"))
    finding = found(zone, "alignment", settings, record)
    assert finding.severity is severity, finding


# Bounces


def test_a_return_path_that_nobody_takes_mail_for_is_an_error(zone: Zone) -> None:
    del zone.records["mail.example.org", "MX"]
    assert found(zone, "return path").severity is DoctorSeverity.ERROR
    zone.set("mail.example.org", "MX", "0 .")
    assert found(zone, "return path").severity is DoctorSeverity.ERROR
    del zone.records["mail.example.org", "MX"]
    zone.set("mail.example.org", "A", "192.0.2.9")
    assert found(zone, "return path").severity is DoctorSeverity.OK


# Questions nobody answers


def test_a_server_that_fails_is_a_warning_and_keeps_nothing_else_from_being_seen(zone: Zone) -> None:
    zone.broken.add("mail.example.org")
    findings = {finding.subject: finding for finding in MailDomains(zone.lookup, SETTINGS, RECORD).examine()}
    assert findings["SPF"].severity is DoctorSeverity.WARNING
    assert "mail.example.org cannot be looked up: no server would answer" in findings["SPF"].found
    assert findings["DKIM"].severity is DoctorSeverity.OK
