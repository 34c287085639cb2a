"""A mail server for tests: aiosmtpd, which does as the recipient's name says.

usage: smtp_server.py DIR [--tls CERT KEY | --starttls CERT KEY] [--auth USER PASSWORD] [--say COMMAND ANSWER]
DIR/port gets the port, DIR/mails a line of JSON for each message that was taken, DIR/seen one for each login that was
tried and each command of a mail. A recipient's name before the @, up to a '+':
  grey    is asked to come again (451), once for each Message-ID, when the message is there
  later   the same, always, when it is named
  no      is refused (550, in two lines) when it is named
  small   is refused (552) when the message is longer than 8,000 bytes
  spam    is refused (554) when the message is there
  die     the connection ends in the middle of the message, and dieonce does so once
  lost    the message is taken, and the connection ends before the answer: once
  hang    nothing is ever answered
Whoever else is delivered to. --say has the server answer that command so, always: 421 to MAIL, and so on."""
import argparse
import asyncio
import base64
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument("dir")
options.add_argument("--tls", nargs=2)
options.add_argument("--starttls", nargs=2)
options.add_argument("--auth", nargs=2)
options.add_argument("--say", nargs=2)
args = options.parse_args()
known = set()


def note(name, **what):
    with open(f"{args.dir}/{name}", "a") as out:
        out.write(json.dumps(what) + "\n")


def first(what):
    new = what not in known
    known.add(what)
    return new


def context(files):
    if files is None:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*files)
    return made


def login(server, session, envelope, mechanism, data):
    user, password = data.login.decode(), data.password.decode()
    note("seen", auth=user, tls=session.ssl is not None or args.tls is not None)
    return AuthResult(success=[user, password] == args.auth, handled=False)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        note("seen", mail=address, host=session.host_name)
        if args.say and args.say[0] == "MAIL":
            return args.say[1]
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        name = address.split("@")[0].split("+")[0]
        note("seen", rcpt=address)
        if args.say and args.say[0] == "RCPT":
            return args.say[1]
        if name == "later":
            return "450 4.2.0 come again"
        if name == "no":
            return "550-5.1.1 there is nobody\r\n550 5.1.1 of that name \x1b[31mhere"
        if name == "hang":
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0].split("+")[0]
        text = envelope.original_content
        which = next((line for line in text.split(b"\r\n") if line.lower().startswith(b"message-id:")), b"")
        if name == "spam":
            return "554 5.7.1 not in this house"
        if name == "small" and len(text) > 8000:
            return "552 5.3.4 too long for here"
        if name == "grey" and first((name, which)):
            return "451 4.7.1 greylisted"
        note("mails", sender=envelope.mail_from, to=envelope.rcpt_tos, text=base64.b64encode(text).decode(),
             tls=args.tls is not None or session.ssl is not None)
        if name == "lost" and first((name, which)):
            server.transport.abort()
        return "250 taken"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        name = self.envelope.rcpt_tos[0].split("@")[0].split("+")[0] if self.envelope.rcpt_tos else ""
        if name == "die" or name == "dieonce" and first(name):
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def made():
    return Server(Handler(), hostname="mail.test", tls_context=context(args.starttls), require_starttls=bool(args.starttls),
                  authenticator=login if args.auth else None, auth_required=bool(args.auth), auth_require_tls=False)


async def serve():
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=context(args.tls))
    with open(f"{args.dir}/port.new", "w") as out:
        out.write(str(server.sockets[0].getsockname()[1]))
    os.rename(f"{args.dir}/port.new", f"{args.dir}/port")
    await server.serve_forever()


asyncio.run(serve())
