# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real SMTP server that keeps what it is sent: mail-sink.py DIRECTORY [--port N] [--tls CERT KEY] [--login USER PASSWORD]

Each mail is one file in DIRECTORY: N.eml, and beside it N.json with the envelope and whether the
session was encrypted and who had logged in. With --tls, STARTTLS is required; with --login, AUTH.
"""

import argparse
import json
import pathlib
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Sink:
    def __init__(self, directory):
        self.directory = directory
        self.lock = threading.Lock()
        self.count = len(list(directory.glob("*.eml")))

    async def handle_DATA(self, server, session, envelope):
        facts = {"helo": session.host_name, "from": envelope.mail_from, "to": envelope.rcpt_tos,
                 "tls": session.ssl is not None, "login": getattr(session, "login", None)}
        with self.lock:
            self.count += 1
            (self.directory / f"{self.count}.json").write_text(json.dumps(facts))
            mail = self.directory / f"{self.count}.new"
            mail.write_bytes(envelope.original_content)
            mail.rename(mail.with_suffix(".eml"))
        return "250 Kept"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--address", default="")
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--login", nargs=2)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)

    settings = {}
    if options.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*options.tls)
        settings.update(tls_context=context, require_starttls=True)
    if options.login:
        def authenticate(server, session, envelope, mechanism, data):
            right = isinstance(data, LoginPassword) and \
                [data.login.decode(), data.password.decode()] == options.login
            if right:
                session.login = data.login.decode()
            return AuthResult(success=right)
        settings.update(authenticator=authenticate, auth_required=True,
                        auth_require_tls=bool(options.tls))
    controller = Controller(Sink(options.directory), hostname=options.address, port=options.port, **settings)
    controller.start()
    print("ready", flush=True)
    threading.Event().wait()


main()
