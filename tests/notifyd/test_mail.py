# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mail: to a real server, one for each change of state, whatever the server or notifyd goes through."""

import random
import time

import pytest

from lab import holds_for, until

from desk import Desk, certificates, config

ALERT = "smtp_alert"


def text(state):
    return f"VI_1 - Entering {state} state"


@pytest.fixture
def desk(lab):
    return Desk(lab, config(more=ALERT, mail="smtp_server 127.0.0.1 2525\n smtp_helo_name r1.example.org"))


def reload(desk, text):
    desk.mainstay.configure(text)
    desk.node.run(["busctl", "--system", "call", "org.mainstay.Notify1", "/org/mainstay/notify1",
                   "org.mainstay.Daemon1", "Reload"])


def test_a_mail_as_keepalived_writes_it(desk):
    desk.start_mail()
    desk.transition("BACKUP", reason="start")
    desk.transition("MASTER", reason="no advert for 3.6 s")
    desk.wait_subjects([text("BACKUP"), text("MASTER")])
    mail = desk.mails()[1]
    assert mail["Subject"] == "[r1] VRRP Instance VI_1 - Entering MASTER state"
    assert mail["From"] == "r1@example.org"
    assert mail["To"] == 'a@example.org, "Bee, B." <b@example.org>'
    assert mail["X-Mailer"] == "Mainstay"
    assert mail["X-Mainstay-Repeat"] is None
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 30
    assert mail.get_content().strip() == "=> no advert for 3.6 s <="
    assert mail.facts == {"helo": "r1.example.org", "from": "r1@example.org",
                          "to": ["a@example.org", "b@example.org"], "tls": False, "login": None}
    desk.idle()
    assert desk.properties()["LastError"] == ""


def test_no_mail_unless_asked_for(lab):
    desk = Desk(lab, config(("VI_1",)))
    desk.start_mail()
    desk.transition("MASTER")
    until(lambda: "recorded 2" in desk.producer.output(), 10)
    holds_for(lambda: not desk.mails(), 0.5)


def test_a_state_is_mailed_once(desk):
    desk.start_mail()
    for state in ("BACKUP", "BACKUP", "MASTER", "MASTER", "BACKUP"):
        desk.transition(state)
    expected = [text("BACKUP"), text("MASTER"), text("BACKUP")]
    desk.wait_subjects(expected)
    desk.idle()
    # The last mailed state survives a restart.
    desk.kill()
    desk.start()
    desk.transition("BACKUP")
    desk.transition("STOP")
    desk.wait_subjects(expected + ["VI_1 - Stopping"])


def test_a_server_that_is_down_and_comes_back(desk):
    for state in ("BACKUP", "MASTER", "FAULT"):
        desk.transition(state)
    until(lambda: desk.properties()["Retries"] >= 1, 10, "one was tried")
    assert desk.properties()["Pending"] == 3
    desk.kill()
    desk.start()
    assert desk.properties()["Pending"] == 3
    desk.start_mail()
    desk.wait_subjects([text("BACKUP"), text("MASTER"), text("FAULT")], 30)
    desk.idle()
    assert desk.log.count("mail waits") == 2    # said once by each process
    # The date is that of the event.
    assert all(mail["X-Mainstay-Repeat"] is None for mail in desk.mails())


def test_a_corrected_configuration_applies_to_what_waits(lab):
    desk = Desk(lab, config(more=ALERT, mail="smtp_server 127.0.0.1 2526"))
    desk.start_mail()
    desk.transition("BACKUP")
    until(lambda: desk.properties()["Retries"] >= 1, 10)
    reload(desk, config(more=ALERT))
    desk.wait_subjects([text("BACKUP")], 3)    # at once, not when the next try would have been due


def test_one_recipient_refused_for_good(desk):
    desk.start_mail(rcpt={"a@example.org": "550 5.1.1 no such user"})
    desk.transition("BACKUP")
    desk.wait_subjects([text("BACKUP")])
    desk.idle()
    assert desk.mails()[0].facts["to"] == ["b@example.org"]
    assert "VI_1: mail given up (a@example.org): 550 5.1.1 no such user" in desk.log
    letters = desk.node.read("/var/lib/mainstay/notifyd/dead-letters").splitlines()
    assert len(letters) == 1 and '"target":"a@example.org"' in letters[0]


def test_one_recipient_greylisted(desk):
    desk.start_mail(rcpt={"a@example.org": "450 4.2.0 greylisted"})
    desk.transition("BACKUP")
    desk.transition("MASTER")
    desk.wait_subjects([text("BACKUP")])
    assert desk.mails()[0].facts["to"] == ["b@example.org"]
    holds_for(lambda: len(desk.mails()) == 1, 1)    # in order: the second waits for the first
    desk.behave()
    desk.wait_subjects([text("BACKUP"), text("BACKUP"), text("MASTER")], 30)
    assert [mail.facts["to"] for mail in desk.mails()] == \
        [["b@example.org"], ["a@example.org"], ["a@example.org", "b@example.org"]]
    assert desk.mails()[0]["Message-ID"] == desk.mails()[1]["Message-ID"]


@pytest.mark.parametrize("behaviour", [{"mail": "550 go away"}, {"data": "554 spam"},
                                       {"rcpt": {"a@example.org": "550 no", "b@example.org": "553 no"}}])
def test_refused_for_good(desk, behaviour):
    desk.start_mail(**behaviour)
    desk.transition("BACKUP")
    until(lambda: desk.properties()["GivenUp"] == 1, 10, "it was given up")
    assert desk.properties()["Pending"] == 0
    assert "delivery-failed" in desk.node.read("/run/mainstay/notifyd/events")
    desk.behave()
    desk.transition("MASTER")    # the next is not held up
    desk.wait_subjects([text("MASTER")])


def test_deferred_and_taken_later(desk):
    desk.start_mail(data="451 4.3.0 try again")
    desk.transition("BACKUP")
    until(lambda: desk.properties()["Retries"] >= 1, 10)
    assert "451 4.3.0 try again" in desk.properties()["LastError"]
    desk.behave()
    desk.wait_subjects([text("BACKUP")], 20)
    assert desk.mails()[0]["X-Mainstay-Repeat"] is None    # the server said that it had not taken it


def test_no_answer_to_the_text(desk):
    """The server has it, but we cannot know: once more, marked, with the same id."""
    desk.start_mail(after_data="hang up")
    desk.transition("BACKUP")
    until(lambda: desk.properties()["Retries"] >= 1, 10)
    desk.behave()
    desk.wait_subjects([text("BACKUP")] * 2, 20)
    first, second = desk.mails()
    assert first["X-Mainstay-Repeat"] is None and second["X-Mainstay-Repeat"] == "1"
    assert first["Message-ID"] == second["Message-ID"]


def test_killed_in_the_middle_of_a_mail(desk):
    desk.start_mail(after_data="say nothing")
    desk.transition("BACKUP")
    until(desk.mails, 10, "the server has the text")
    desk.kill()
    desk.behave()
    desk.start()
    desk.wait_subjects([text("BACKUP")] * 2)
    assert desk.mails()[1]["X-Mainstay-Repeat"] == "1"


def test_killed_at_random_moments(lab):
    """Each mail arrives once unmarked, or once more and marked; in order."""
    desk = Desk(lab, config(more=ALERT))
    desk.start_mail()
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    count = 0
    for round in range(20):
        for _ in range(chance.randrange(1, 6)):
            desk.transition(("MASTER", "BACKUP")[count % 2], reason=f"number {count}")
            count += 1
        time.sleep(chance.random() * 0.1)
        desk.kill()
        if chance.random() < 0.2:
            desk.stop_mail()
            desk.start()
            time.sleep(chance.random() * 0.2)
            desk.kill()
            desk.start_mail()
        desk.start()

    def bodies(marked):
        return [int(mail.get_content().split()[2]) for mail in desk.mails()
                if bool(mail["X-Mainstay-Repeat"]) == marked]

    until(lambda: set(bodies(False)) | set(bodies(True)) == set(range(count)), 60, "all have arrived")
    desk.idle()
    assert len(bodies(False)) == len(set(bodies(False))), "an unmarked mail was doubled"
    order = [int(mail.get_content().split()[2]) for mail in desk.mails()]
    assert order == sorted(order)


def test_starttls(lab, tmp_path):
    ca, certificate, key = certificates(tmp_path / "tls")
    _, other_certificate, other_key = certificates(tmp_path / "tls", ca="other")
    mail = "smtp_server 127.0.0.1 2525\n smtp_tls starttls\n smtp_ca_file /ca.pem"
    desk = Desk(lab, config(more=ALERT, mail=mail))
    desk.node.write("/ca.pem", (tmp_path / "tls" / ca).read_text())
    # Somebody else's certificate
    desk.start_mail("--starttls", tmp_path / "tls" / other_certificate, tmp_path / "tls" / other_key)
    desk.transition("BACKUP")
    until(lambda: desk.properties()["Retries"] >= 1, 10)
    assert "certificate" in desk.properties()["LastError"].lower()
    assert not desk.mails()
    desk.stop_mail()
    # A server without TLS: the mail stays with us.
    desk.start_mail()
    reload(desk, config(more=ALERT, mail=mail))
    until(lambda: desk.properties()["Retries"] >= 2, 10)
    assert not desk.mails()
    desk.stop_mail()
    # The right one
    desk.start_mail("--starttls", tmp_path / "tls" / certificate, tmp_path / "tls" / key)
    reload(desk, config(more=ALERT, mail=mail))
    desk.wait_subjects([text("BACKUP")])
    assert desk.mails()[0].facts["tls"]


def test_tls_from_the_first_byte(lab, tmp_path):
    ca, certificate, key = certificates(tmp_path / "tls")
    desk = Desk(lab, config(more=ALERT, mail="smtp_server 127.0.0.1 2525\n smtp_tls tls\n smtp_ca_file /ca.pem"))
    desk.node.write("/ca.pem", (tmp_path / "tls" / ca).read_text())
    desk.start_mail("--tls", tmp_path / "tls" / certificate, tmp_path / "tls" / key)
    desk.transition("BACKUP")
    desk.wait_subjects([text("BACKUP")])
    assert desk.mails()[0].facts["tls"]


def test_login(lab, tmp_path):
    ca, certificate, key = certificates(tmp_path / "tls")
    mail = ("smtp_server 127.0.0.1 2525\n smtp_tls starttls\n smtp_ca_file /ca.pem\n smtp_user router\n"
            " smtp_password_file /password")
    desk = Desk(lab, config(more=ALERT, mail=mail))
    desk.node.write("/ca.pem", (tmp_path / "tls" / ca).read_text())
    desk.node.write("/password", "wrong\n", 0o600)
    desk.start_mail("--starttls", tmp_path / "tls" / certificate, tmp_path / "tls" / key,
                    "--login", "router", "sesame")
    desk.transition("BACKUP")
    until(lambda: desk.properties()["Retries"] >= 1, 10)
    assert desk.properties()["Pending"] == 1 and not desk.mails()    # not given up: somebody will mend it
    assert "535" in desk.properties()["LastError"]
    desk.node.write("/password", "sesame\n", 0o600)
    reload(desk, config(more=ALERT, mail=mail))
    desk.wait_subjects([text("BACKUP")])
    assert desk.mails()[0].facts["login"] == "router"


def test_a_stop_sends_the_last_mails(desk):
    desk.start_mail()
    desk.transition("BACKUP")
    desk.wait_subjects([text("BACKUP")])
    desk.transition("STOP")
    until(lambda: "recorded 3" in desk.producer.output(), 10)
    desk.producer.terminate()
    desk.stop()
    assert desk.subjects() == [text("BACKUP"), "VI_1 - Stopping"]


def test_mail_waits_and_scripts_do_not(lab):
    desk = Desk(lab, config(more=ALERT + '\n notify "/say.sh"'))
    for number, state in enumerate(("BACKUP", "MASTER", "BACKUP")):
        desk.transition(state, priority=number)
    desk.wait_runs([f"INSTANCE VI_1 {state} {number}" for number, state in enumerate(("BACKUP", "MASTER", "BACKUP"))])
    until(lambda: desk.properties()["Pending"] == 3, 10, "the mails alone wait")
