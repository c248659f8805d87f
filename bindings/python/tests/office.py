"""A real server process with an organisation, for the tests."""

import os
import pathlib
import subprocess
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[3]
SERVER = os.environ.get("FIELDBOOK_SERVER", str(PROJECT / "target/debug/fieldbook-server"))
PEOPLE = [("Ada", "rep"), ("Ben", "rep"), ("Maya", "manager"), ("Omar", "admin")]


class Office:
    """A server over a folder of its own, with Ada, Ben (reps), Maya (manager) and Omar (administrator)."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="fieldbook-")
        self.data = str(pathlib.Path(self.folder.name) / "server")
        self.manage("org", "create", "--data", self.data, "Acme")
        for name, role in PEOPLE:
            self.manage(
                "user", "add", "--data", self.data, "--org", "Acme",
                "--name", name, "--email", f"{name.lower()}@example.com", "--role", role,
            )
        self.process = subprocess.Popen(
            [SERVER, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")

    @staticmethod
    def manage(*arguments: str) -> str:
        done = subprocess.run([SERVER, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def token(self, name: str) -> str:
        return self.manage("token", "--data", self.data, "--org", "Acme", "--user", f"{name.lower()}@example.com")

    def path(self, book: str) -> str:
        return str(pathlib.Path(self.folder.name) / book)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()
