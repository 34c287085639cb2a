#!/usr/bin/env python3
"""Lines such as a bundle's data/events holds, so many megabytes of them: bundle_lines.py MEGABYTES >FILE"""
import json
import random
import sys
import uuid

ACTIONS = ["user.login", "user.logout", "invoice.created", "invoice.sent", "subscription.changed", "role.granted",
           "export.downloaded", "template.updated", "apikey.created", "member.invited"]
AGENTS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605",
          "curl/8.8.0", "python-requests/2.32.3"]


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def main():
    chance = random.Random(5)

    def digits(count):
        return "%0*x" % (count, chance.getrandbits(4 * count))

    def identifier():
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    left, seq, time = int(sys.argv[1]) << 20, 1, 1_767_225_600_000_000
    people = [(identifier(), "user%d@example.com" % n, "192.0.2.%d" % (n % 250)) for n in range(400)]
    organization = identifier()
    while left > 0:
        person, address, ip = chance.choice(people)
        time += chance.randrange(4_000_000)
        text = compact(["auditproof/1", identifier(), organization, chance.choice(ACTIONS), "invoice", identifier(),
                        time, digits(64), digits(64), digits(64), None])
        disclosed = {"account": [person], "actor": [address, ip, chance.choice(AGENTS)],
                     "content": [{"amount": chance.randrange(100000), "status": chance.choice(["draft", "sent"])},
                                 {"note": "changed by request %d" % chance.randrange(10**6)}]}
        line = compact({"seq": seq, "recorded_at_us": time + 900, "entry_hash": digits(64), "text": text, "disclosed": {
            group: {"salt": digits(32), "text": compact(value)} for group, value in disclosed.items()}}) + "\n"
        sys.stdout.write(line)
        left -= len(line)
        seq += 1


main()
