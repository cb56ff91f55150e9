# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents' direct-routing farm: by address, by mark and by group, with TCP_CHECK, HTTP_GET and SMTP_CHECK."""

import pytest

from lab import holds_for, until
from lab.peers import MailServer
from lab.scenario import changed, configuration
from dr import GROUP_VIP, MARKED_VIP, NOTICED_DOWN, NOTICED_UP, PAGE, VIP, Farm, alternate

TCP_CHECK = """TCP_CHECK {
    connect_timeout 5
    nb_get_retry 3
    delay_before_retry 3
    connect_port 80
 }"""

# The documents' file checks the group's server by SMTP; here a real mail server has a service of its own.
MAIL = f"""
virtual_server {VIP} 25 {{
  delay_loop 6
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 172.20.76.38 25 {{
    weight 1
    SMTP_CHECK {{
      connect_timeout 3
      retry 1
      delay_before_retry 1
    }}
  }}
}}
"""


@pytest.fixture(scope="module")
def farm(shared_lab):
    text = configuration("s10-lvs-dr.conf")
    smtp = text[text.index("SMTP_CHECK"):text.index("}", text.index("SMTP_CHECK")) + 1]
    return Farm(shared_lab, changed(text, (smtp, TCP_CHECK)) + MAIL)


def http_service(director):
    return director.weights()[f"TCP {VIP}:80"]


def test_the_table_is_the_documents(farm):
    for director in farm.directors.values():
        assert director.saved()[f"-t {VIP}:80"] == {
            "": "-s wrr", "172.20.76.38:80": "-g -w 1", "172.20.76.48:80": "-g -w 1"}


def test_requests_alternate(farm):
    answers = farm.answers(8)
    assert set(answers) == {"web38", "web48"} and alternate(answers)


def test_a_service_by_mark_forwards(farm):
    assert set(farm.answers(4, MARKED_VIP)) == {"web38"}
    assert farm.directors[100].saved()["-f 7"] == {"": "-s rr", "172.20.76.38:0": "-g -w 1"}


def test_a_service_by_group_forwards(farm):
    assert set(farm.answers(4, GROUP_VIP)) == {"web38"}


def test_a_mail_server_is_asked_in_its_language(farm):
    """Nobody is there at first, then somebody is."""
    director, name = farm.directors[100], f"TCP {VIP}:25"
    until(lambda: director.weights()[name] == {}, NOTICED_DOWN, "no mail server")
    mail = MailServer(farm.webs[38].node)
    until(lambda: director.weights()[name] == {"172.20.76.38:25": 1}, NOTICED_UP, "the mail server is balanced")
    farm.client.run(["curl", "-s", "--mail-from", "a@example.net", "--mail-rcpt", "b@example.net", "-T", "-",
                     f"smtp://{VIP}"], input="Subject: through the balancer\r\n\r\n")
    until(lambda: mail.subjects() == ["through the balancer"], 10, "the mail is there")
    mail.stop()


@pytest.mark.parametrize("fault, status", [("missing", 404), ("broken", 500)])
def test_a_web_leaves_while_its_page_is_wrong(farm, fault, status):
    """Its port stays open, and its other pages are there."""
    web = farm.webs[48]
    if fault == "missing":
        web.remove(PAGE)
    else:
        web.node.write("/srv/broken", "")
    assert farm.client.output(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                               f"http://172.20.76.48/{PAGE}"]) == str(status)
    for director in farm.directors.values():
        until(lambda: list(http_service(director)) == ["172.20.76.38:80"], NOTICED_DOWN, "web48 is out")
    assert set(farm.answers()) == {"web38"}
    web.put(PAGE, "here")
    web.node.run("rm -f /srv/broken")
    farm.wait_answers(["web38", "web48"], NOTICED_UP)


def test_both_webs_down_is_the_sorry_page_until_one_is_back(farm):
    for web in farm.webs.values():
        web.stop()
    farm.wait_answers(["sorry"], NOTICED_DOWN)
    assert list(http_service(farm.directors[100])) == ["172.20.76.58:80"]
    farm.webs[38].start()
    farm.wait_answers(["web38"], NOTICED_UP)
    assert list(http_service(farm.directors[100])) == ["172.20.76.38:80"]
    farm.webs[48].start()
    farm.wait_answers(["web38", "web48"], NOTICED_UP)


def test_another_director_goes_on_alternating(farm):
    """Last in this file: the first director is gone for good."""
    farm.directors[100].node.power_off()
    until(lambda: farm.owners() == [80], 10, "the address is on d80")
    until(lambda: None not in farm.answers(2), 10, "the client has noticed")
    answers = farm.answers(8)
    assert set(answers) == {"web38", "web48"} and alternate(answers)
    holds_for(lambda: farm.owners() == [80], 0.5)
