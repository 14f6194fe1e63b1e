"""An account at ACLED: a token for a name and a password, which nothing shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.catalog.api import as_given, conceal, environment, read_object, token_of
from analysis.catalog.entries import DatasetUnavailable
from analysis.catalog.transport import asked, host_of, persistently

BASE = "https://acleddata.com"


@dataclass
class Account:
    """An account's token, asked for when it is first needed."""

    base: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    token: str = field(repr=False)
    before: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def of_environment(cls, base: str) -> Account:
        """Read the account from the environment."""
        username, password = environment("ACLED_USERNAME"), environment("ACLED_PASSWORD")
        token = token_of("ACLED_TOKEN")
        if not token and not (username and password):
            raise DatasetUnavailable(
                "ACLED gives its data to registered users: set the environment variables ACLED_USERNAME and "
                "ACLED_PASSWORD (or ACLED_TOKEN). Accounts: https://acleddata.com/"
            )
        return cls(base, username, password, token)

    def headers(self) -> dict[str, str]:
        """Show the token."""
        if not self.token:
            self._sign_in()
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}

    def renew(self) -> bool:
        """Sign in again, if there is something to sign in with."""
        if self.username and self.password:
            self._sign_in()
            return True
        return False

    def concealed(self, text: str) -> str:
        """Blot out the account and every token there has been."""
        return conceal(text, {*self.before, self.token, self.password, self.username})

    def _sign_in(self) -> None:
        self.before.add(self.token)
        answer = persistently(self._asked_for_token)
        self.token = str(answer.get("access_token") or "")
        if not self.token:
            raise DatasetUnavailable(f"{host_of(self.base)} gave no token")

    def _asked_for_token(self) -> Mapping[str, Any]:
        address = f"{self.base}/oauth/token"
        form = {
            "grant_type": "password",
            "client_id": "acled",
            "scope": "authenticated",
            "username": self.username,
            "password": self.password,
        }
        headers = {"Accept": "application/json"}
        with asked("POST", address, headers, data=form, auth=as_given, allow_redirects=False) as response:
            if response.status_code in (400, 401, 403):
                raise DatasetUnavailable(
                    f"{host_of(address)} refused the account ({response.status_code}); check ACLED_USERNAME and "
                    "ACLED_PASSWORD"
                )
            if response.is_redirect:
                raise DatasetUnavailable(f"{host_of(address)} redirects the sign-in; the password is not sent there")
            return read_object(response, address)
