# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mail server that can be told to misbehave: post-office.py DIRECTORY [--port N] [--starttls|--tls CERT KEY]
[--login USER PASSWORD]

Each mail is one file in DIRECTORY: N.eml, and beside it N.json with the envelope and what was known of the
session. What it does wrong stands in DIRECTORY/behaviour.json, read at each command:
    {"mail": REPLY, "rcpt": {ADDRESS: REPLY}, "data": REPLY, "after-data": "hang up" or "say nothing"}
"""

import argparse
import asyncio
import json
import pathlib
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class PostOffice:
    def __init__(self, directory):
        self.directory = directory
        self.count = len(list(directory.glob("*.eml")))

    def behaviour(self, key, otherwise):
        try:
            return json.loads((self.directory / "behaviour.json").read_text()).get(key, otherwise)
        except FileNotFoundError:
            return otherwise

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = self.behaviour("mail", "250 sender ok")
        if reply[0] == "2":
            envelope.mail_from = address
        return reply

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self.behaviour("rcpt", {}).get(address, "250 recipient ok")
        if reply[0] == "2":
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        reply = self.behaviour("data", "250 kept")
        if reply[0] == "2":
            self.keep(server, session, envelope)
        after = self.behaviour("after-data", None)
        if after == "hang up":
            server.transport.abort()
        elif after == "say nothing":
            await asyncio.sleep(3600)
        return reply

    def keep(self, server, session, envelope):
        facts = {"helo": session.host_name, "from": envelope.mail_from, "to": envelope.rcpt_tos,
                 "tls": server.transport.get_extra_info("ssl_object") is not None, "login": getattr(session, "login", None)}
        self.count += 1
        (self.directory / f"{self.count}.json").write_text(json.dumps(facts))
        mail = self.directory / f"{self.count}.new"
        mail.write_bytes(envelope.original_content)
        mail.rename(mail.with_suffix(".eml"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--starttls", nargs=2)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--login", nargs=2)
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)

    settings = {}
    if options.starttls or options.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*(options.starttls or options.tls))
        settings.update({"ssl_context": context} if options.tls else
                        {"tls_context": context, "require_starttls": True})
    if options.login:
        def authenticate(server, session, envelope, mechanism, data):
            right = isinstance(data, LoginPassword) and \
                [data.login.decode(), data.password.decode()] == options.login
            if right:
                session.login = data.login.decode()
            return AuthResult(success=right, handled=False)    # aiosmtpd is to answer
        settings.update(authenticator=authenticate, auth_required=True,
                        auth_require_tls=bool(options.starttls))
    controller = Controller(PostOffice(options.directory), hostname="", port=options.port, **settings)
    controller.start()
    print("ready", flush=True)
    threading.Event().wait()


main()
