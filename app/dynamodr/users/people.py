"""People who do not exist."""

import re
import secrets
import threading
import unicodedata

from dynamodr.users.model import NewUser


class People:
    """Makes up persons. Faker takes a tenth of a second to import: a process's first person pays."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._fake: object | None = None

    def person(self) -> NewUser:
        """Make one up.

        The last name is chosen, not cut out of a full name: `Dr. Ann Lee MD` is nobody called MD. The number
        in the username makes a clash with somebody who is there unlikely, the caller makes it harmless.
        """
        from faker import Faker  # noqa: PLC0415 - see the class

        with self._making:  # Faker's generators promise nothing about threads
            if not isinstance(self._fake, Faker):
                self._fake = Faker("en_US")
                # Its default seed is shared by processes forked after the import: they would make twins.
                self._fake.seed_instance(secrets.randbits(64))
            first, last = str(self._fake.first_name()), str(self._fake.last_name())
        username = f"{_plain(first)[:1]}{_plain(last)}{secrets.randbelow(100_000):05}"
        return NewUser(
            username=username, last_name=last, name=f"{first} {last}", mail=f"{username}@example.org"
        )


def _plain(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", ascii_only.lower())
