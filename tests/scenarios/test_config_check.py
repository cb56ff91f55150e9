# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `mainstayctl config check` says about configurations as people write them. Needs no root."""

import subprocess

import pytest

from lab import tools
from lab.scenario import CHECK_HAPROXY, DIRECTORY, changed, configuration

CLEAN, COMPLAINTS, UNUSABLE = 0, 1, 2


def check(path):
    done = subprocess.run([tools.BUILD / "ctl" / "mainstayctl", "config", "check", str(path)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


@pytest.fixture
def judged(tmp_path):
    """Judge a text: (exit status, what was said)."""
    def judge(text, scripts=()):
        for name, script in scripts:
            (tmp_path / name).write_text(script)
            (tmp_path / name).chmod(0o755)
            text = text.replace(f"/etc/keepalived/{name}", str(tmp_path / name))
        path = tmp_path / "mainstay.conf"
        path.write_text(text)
        return check(path)
    return judge


STRICT_FILE = DIRECTORY / "s12-lvs-nat-digest.conf"


@pytest.mark.parametrize("path", sorted(set(DIRECTORY.glob("*.conf")) - {STRICT_FILE}), ids=lambda path: path.stem)
def test_the_documents_files_are_accepted_unchanged(path):
    status, said = check(path)
    assert status == CLEAN, said


def line_of(text, fragment):
    return next(n for n, line in enumerate(text.splitlines(), 1) if fragment in line)


STRICT = ("vrrp_skip_check_adv_addr", "vrrp_strict")


@pytest.mark.parametrize("change, refused", [
    (("        172.20.76.100 dev eth0 label eth0:0\n", ""), "vrrp_instance VIP1"),
    (("    advert_int 2", "    advert_int 2\n    unicast_peer {\n        172.20.76.28\n    }"), "unicast_peer"),
    (("172.20.76.100 dev eth0 label eth0:0", "2001:db8::1"), "2001:db8::1"),
], ids=["no address", "unicast peers", "IPv6 in version 2"])
def test_what_vrrp_strict_refuses_has_its_line(judged, change, refused):
    text = configuration("s4-multicast-master.conf", STRICT, change)
    status, said = judged(text)
    assert status == COMPLAINTS, said
    numbers = {line_of(text, refused), line_of(text, "vrrp_instance VIP1"), line_of(text, "virtual_ipaddress")}
    assert any(f"mainstay.conf:{n}:" in said and "vrrp_strict" in said for n in numbers), said


def test_vrrp_strict_makes_the_address_drop_traffic(judged):
    status, said = judged(configuration("s4-multicast-master.conf", STRICT))
    assert "vrrp_strict" in said and "drop" in said


def test_vrrp_strict_of_a_balanced_address_is_explained(judged):
    """Strict mode has no passwords and no state MASTER, and its address takes no traffic: all of it is said, and nothing else."""
    status, said = check(STRICT_FILE)
    assert status == COMPLAINTS
    complaints = [line for line in said.splitlines() if " complaint: " in line]
    assert len(complaints) == 2 and all("strict mode" in line for line in complaints), said
    number = line_of(STRICT_FILE.read_text(), "virtual_ipaddress {")
    assert any(f":{number}:" in line and "drop" in line and "vrrp_strict" in line for line in said.splitlines()), said
    status, said = judged(changed(STRICT_FILE.read_text(), ("vrrp_strict\n", "")))
    assert status == CLEAN, said


def test_mail_without_an_alert_is_noted(judged):
    status, said = judged(configuration("s4-multicast-master.conf"))
    assert status == CLEAN and "smtp_alert" in said
    _, said = judged(configuration("s4-multicast-master.conf", ("advert_int 2", "advert_int 2\n    smtp_alert")))
    assert "without any smtp_alert" not in said


def test_a_script_that_kills_keepalived_is_warned_of(judged):
    script = "#!/bin/bash\npidof nginx >/dev/null || nginx || killall keepalived\n"
    _, said = judged(configuration("s1-three-nodes.conf"), [("check_nginx.sh", script)])
    assert "check_nginx.sh" in said and "systemctl stop mainstay" in said


def test_a_script_that_hides_its_result_is_warned_of(judged):
    _, said = judged(configuration("s14-flag-file.conf"), [("chk_haproxy.sh", CHECK_HAPROXY + "echo $?\n")])
    assert "chk_haproxy.sh" in said and "echo" in said
    _, said = judged(configuration("s14-flag-file.conf"), [("chk_haproxy.sh", CHECK_HAPROXY)])
    assert "chk_haproxy.sh" not in said


def test_shell_operators_are_noted(judged):
    status, said = judged(configuration("s14-flag-file.conf"))
    assert status == CLEAN and "/bin/sh -c" in said


@pytest.mark.parametrize("text", ["", "vrrp_instance VI_1 {\n", "no such block\n"],
                         ids=["empty", "unbalanced", "no usable block"])
def test_an_unusable_file(judged, text):
    assert judged(text)[0] == UNUSABLE


def test_a_missing_file(tmp_path):
    assert check(tmp_path / "none.conf")[0] == UNUSABLE


def test_a_misspelt_keyword_has_its_line_and_a_suggestion(judged):
    text = configuration("s7-nopreempt.conf")
    text = changed(text, ("    priority 100", "    prioritty 100"))
    status, said = judged(text)
    assert status == COMPLAINTS
    assert f"mainstay.conf:{line_of(text, 'prioritty')}:" in said and "priority" in said.replace("prioritty", "")
