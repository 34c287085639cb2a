"""A reader's policy: the logs that it pins, its witnesses, and how many must have cosigned (C2SP tlog-policy)."""

from bundle_proof import COSIGNATURE_KEY, Key, Wrong


class Policy:
    """Raises Wrong."""

    def __init__(self, text):
        self.logs, self.members, self.quorum = [], {"none": lambda cosigned: True}, "none"
        self.witnesses = {}
        for line in text.split("\n"):
            word, *rest = line.split() or [""]
            if word == "log":
                self.logs.append(Key(rest[0]))
            elif word == "witness":
                self.witnesses[rest[0]] = Key(rest[1], COSIGNATURE_KEY)
                self.members[rest[0]] = lambda cosigned, name=rest[0]: name in cosigned
            elif word == "group":
                self._group(*rest)
            elif word == "quorum":
                self.quorum = rest[0]
            elif word and not word.startswith("#"):
                raise Wrong("a policy has a line that is not known")
        if self.quorum not in self.members:
            raise Wrong("a policy asks for a quorum of nobody")

    def _group(self, name, least, *members):
        least = {"any": 1, "all": len(members)}.get(least) or int(least)
        self.members[name] = lambda cosigned: sum(self.members[member](cosigned) for member in members) >= least

    def met(self, keys):
        """By the keys that cosigned?"""
        ids = {(key.name, key.id) for key in keys}
        return self.members[self.quorum]({name for name, key in self.witnesses.items() if (key.name, key.id) in ids})
