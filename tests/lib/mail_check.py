"""Reads mails as Python's email package does, and fails where one has a defect or is not what the standards allow.

usage: mail_check.py [--decrypt KEY CERT] FILE ...
For each file prints a line of JSON: headers, the text, attachments (name, type, SHA-256), and whether it was encrypted.
Where there are FILE.subject and FILE.text beside it, these are what it has to say."""
import email
import email.policy
import hashlib
import json
import os
import subprocess
import sys

files, key = sys.argv[1:], None
if files[0] == "--decrypt":
    key, files = files[1:3], files[3:]


def parse(raw):
    message = email.message_from_bytes(raw, policy=email.policy.SMTP.clone(raise_on_defect=True))
    for part in message.walk():
        assert not part.defects, part.defects
        for name, value in part.items():
            assert not value.defects, (name, value.defects)
    return message


def check_lines(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b""), "a bare CR or LF"
    assert all(32 <= byte < 127 or byte in b"\r\n" for byte in raw), "a byte that is not printable ASCII"
    for line in head.split(b"\r\n"):
        assert len(line) <= 998 and line.strip(), "a header's line"
        assert len(line) <= 78 or b" " not in line.split(b": ", 1)[-1].strip(), ("a header could be folded", line)
    assert all(len(line) <= 78 for line in body.split(b"\r\n")), "a line of the body is too long"


def show(name):
    raw = open(name, "rb").read()
    check_lines(raw)
    message = parse(raw)
    shown = {field.lower(): str(value) for field, value in message.items()}
    assert len(shown) == len(message.items()), "a header is there twice"
    encrypted = message.get_content_type() == "application/pkcs7-mime"
    if encrypted and key:
        raw = subprocess.run(["openssl", "cms", "-decrypt", "-in", name, "-inkey", key[0], "-recip", key[1]], check=True,
                             capture_output=True).stdout
        check_lines(raw)
        message = parse(raw)
    body = message.get_body(("plain",)) if not encrypted or key else None
    attachments = [{"name": part.get_filename(), "type": part.get_content_type(),
                    "sha256": hashlib.sha256(part.get_payload(decode=True)).hexdigest()}
                   for part in message.iter_attachments()] if message.is_multipart() else []
    for what, said in ("subject", shown["subject"]), ("text", body and body.get_content().replace("\r\n", "\n")):
        if os.path.exists(f"{name}.{what}"):
            wanted = open(f"{name}.{what}", newline="").read()
            assert said == wanted, (name, what, said[:200], wanted[:200])
    print(json.dumps({"headers": shown, "text": body and body.get_content(), "attachments": attachments,
                      "encrypted": encrypted}))


for name in files:
    show(name)
