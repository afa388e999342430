"""Fetch the pinned front-end files of vendor.toml, or check the ones we have against their hashes."""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
LIST = HERE / "vendor.toml"
LOCK = HERE / "vendor.lock"


def wanted() -> list[dict[str, str]]:
    """The files of vendor.toml."""
    files: list[dict[str, str]] = tomllib.loads(LIST.read_text())["file"]
    return files


def sha384(path: Path) -> str:
    """The hash in the form that browsers and package managers write it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def fetch() -> None:
    """Get every file from its package and write the lock."""
    lock = {}
    for file in wanted():
        target = ROOT / file["to"]
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            package = f"{file['package']}@{file['version']}"
            subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
                member = archive.extractfile(f"package/{file['path']}")
                assert member is not None, f"{package} has no {file['path']}"
                target.write_bytes(member.read())
        lock[file["to"]] = {"package": package, "hash": sha384(target)}
        print(f"{file['to']}  {package}")
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


def differences() -> list[str]:
    """What does not agree between vendor.toml, the lock and the files, a sentence each."""
    lock: dict[str, dict[str, str]] = json.loads(LOCK.read_text())
    listed = {file["to"]: f"{file['package']}@{file['version']}" for file in wanted()}
    wrong = [f"{name} is in vendor.lock but not in vendor.toml" for name in lock if name not in listed]
    for name, package in listed.items():
        path = ROOT / name
        if name not in lock or lock[name]["package"] != package:
            wrong.append(f"{name} is {package} in vendor.toml but not in vendor.lock")
        elif not path.exists():
            wrong.append(f"{name} is missing")
        elif sha384(path) != lock[name]["hash"]:
            wrong.append(f"{name} is not what {package} holds")
    folders = {(ROOT / name).parent for name in listed}
    present = {str(path.relative_to(ROOT)) for folder in folders for path in folder.iterdir() if path.is_file()}
    wrong += [f"{name} is in no line of vendor.toml" for name in sorted(present - set(listed))]
    return wrong


if __name__ == "__main__":
    if "--check" in sys.argv:
        found = differences()
        sys.exit("\n".join(found) if found else 0)
    fetch()
