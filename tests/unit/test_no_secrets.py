"""No tracked file holds a secret: a private key, a token of a known kind, or an address with a password."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What a secret of each kind looks like, wherever it stands.
KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}",
    "a token of Amazon": r"\bAKIA[0-9A-Z]{16}\b",
    "a token of GitHub": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{20,}",
    "a token of Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "a Fernet key": r"(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_-]{43}=(?![A-Za-z0-9_=-])",
    "a Fernet secret": r"\bgAAAAA[A-Za-z0-9_-]{60,}",
    "an address with a password": r"\b(?:postgres(?:ql)?|smtps?|smtp\+tls|https?)://[^\s:/@'\"{}$<]+:([^\s@'\"{}$<]{3,})@",
}
# Passwords that stand for one in explanations and tests, and the signature of Xero's own example.
_EXAMPLES = {"password", "secret", "planted-secret", "p%2Fw"}
_SIGNATURE = "dm54PUTX7f1SNhJNZxE22gcr9XwJ7nDf6Hfdv0pBUqM="


def find_secrets(text: str) -> list[str]:
    """Return the kinds of secret that a text holds."""
    found = []
    for kind, pattern in KINDS.items():
        for match in re.finditer(pattern, text):
            is_example = match[0] == _SIGNATURE or (match.groups() and match[1] in _EXAMPLES)
            if not is_example:
                found.append(f"{kind}: {match[0][:24]}…")
    return found


def list_texts() -> list[Path]:
    """Return the tracked files that hold text."""
    named = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    files = [ROOT / name for name in named.decode().split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:8000]]


def test_no_tracked_file_holds_a_secret() -> None:
    found = {
        str(file.relative_to(ROOT)): secrets
        for file in list_texts()
        if "locks" not in file.parts and (secrets := find_secrets(file.read_text(errors="replace")))
    }

    assert found == {}


def test_a_secret_of_each_kind_would_be_found() -> None:
    # Put together here, so that this file holds none.
    samples = [
        "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "A" * 64,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a" * 36,
        "xoxb-" + "1" * 24,
        "AIza" + "b" * 35,
        ".".join(["eyJ" + "c" * 30, "eyJ" + "d" * 30, "e" * 30]),
        "f" * 43 + "=",
        "gAAAAA" + "g" * 80,
        "postgresql://mara:" + "x7Kq2" + "@db.example/books",
    ]

    assert [len(find_secrets(f"before {sample} after")) for sample in samples] == [1] * len(KINDS)
