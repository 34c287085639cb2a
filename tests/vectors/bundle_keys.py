"""proof/keys.json: the bundle's key, and the log's keys with the notes that lead from each to the next."""

from bundle_form import is_count, is_hashes, is_hex, is_text, json_value, members
from bundle_proof import COSIGNATURE_KEY, Key, Note, Wrong, base64_bytes, check_consistency, decimal, fingerprint


def check_root_and_time(root, when):
    decimal(when)
    if len(base64_bytes(root)) != 32:
        raise Wrong("a note is not well-formed")


class Keys:
    """proof/keys.json. Raises ValueError or Wrong."""

    def __init__(self, data):
        value = members(
            json_value(data),
            bundle=lambda v: isinstance(v, dict),
            log=lambda v: isinstance(v, list) and v,
            notes=lambda v: isinstance(v, list) and all(map(is_text, v)),
        )
        members(value["bundle"], vkey=is_text, fingerprint=lambda v: is_hex(v, 32))
        self.bundle = Key(value["bundle"]["vkey"])
        if fingerprint(self.bundle.public) != value["bundle"]["fingerprint"]:
            raise Wrong("the fingerprint is not that of the bundle's key")
        self.consistency = [item.get("consistency") for item in value["log"] if isinstance(item, dict)]
        self.log = [
            (members(item, vkey=is_text, from_size=is_count)["from_size"], Key(item["vkey"])) for item in value["log"]
        ]
        witnesses = value.get("witnesses", [])
        if not isinstance(witnesses, list) or not all(map(is_text, witnesses)):
            raise ValueError("its member witnesses is not a list of keys")
        self.witnesses = [Key(vkey, COSIGNATURE_KEY) for vkey in witnesses]
        if self.log[0][0] != 0:
            raise Wrong("the log's first key does not begin at 0")
        self.renamed, self.roots = [], [None]
        self._history([Note(text.encode("utf-8")) for text in value["notes"]])

    def _history(self, notes):
        changes, restores = 0, []
        for note in notes:
            header = note.text.partition("\n")[0]
            if header == "auditproof/log-key@v1":
                changes += 1
                self._change(note, changes)
            elif header == "auditproof/epoch@v1":
                restores.append(note)
            else:
                raise Wrong("a note is of no kind that is known")
        if changes != len(self.log) - 1:
            raise Wrong("the log has not as many keys as its notes say")
        self._restores(restores)

    def _change(self, note, number):
        _, before, after, count, size, root, when = note.lines(7)
        if number >= len(self.log) or decimal(count) != number:
            raise Wrong("changes of the log's key are not numbered as they must be")
        old_from, old = self.log[number - 1]
        new_from, new = self.log[number]
        if (before, after, decimal(size)) != (old.vkey, new.vkey, new_from) or (
            new_from < old_from and old.name == new.name
        ):
            raise Wrong("a change of the log's key is not the one that keys.json lists")
        check_root_and_time(root, when)
        self.roots.append(base64_bytes(root))
        if not note.signed_by(old) or not note.signed_by(new):
            raise Wrong("a change of the log's key is not signed by both keys")
        if old.name != new.name:
            self.renamed.append((old, new, size, root))

    def _restores(self, notes):
        """The log's name changes by a declared restore alone."""
        if len(notes) != len(self.renamed):
            raise Wrong("the log's name changed without a declared restore, or the other way round")
        for number, (note, (old, new, size, root)) in enumerate(zip(notes, self.renamed), 1):
            _, *said, known, known_root, when, reason = note.lines(10)
            if said != [old.name, new.name, str(number), size, root]:
                raise Wrong("a declared restore is not that of the log's change of name")
            decimal(known)
            check_root_and_time(known_root, when)
            base64_bytes(reason).decode("utf-8")
            if not note.signed_by(old):
                raise Wrong("a declared restore is not signed by the key of the log before it")

    def check_extended(self, checkpoint):
        """The log at each change is the beginning of the log now, unless a later restore left less."""
        for number in range(1, len(self.log)):
            size, path = self.log[number][0], self.consistency[number]
            if not is_hashes(path):
                raise Wrong("change %d of the log's key has no proof that the log went on from it" % number)
            path = [bytes.fromhex(item) for item in path]
            if all(size <= later for later, _ in self.log[number + 1 :]):
                check_consistency(size, self.roots[number], checkpoint.size, checkpoint.root, path)
            elif path:
                raise Wrong("change %d of the log's key was undone by a restore, and cannot be proven" % number)

    def log_key(self, size):
        """The key that a checkpoint of so many seals has to be signed by."""
        return [key for begin, key in self.log if begin == 0 or begin < size][-1] if size else self.log[0][1]
