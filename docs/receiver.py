"""The smallest receiver: takes every webhook on port 9000 and says so. To try things out; docs/receivers.md has the rest."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        print(f"  got {body['event']} {body.get('external_id', '')}", flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing else."""


HTTPServer(("127.0.0.1", 9000), Receiver).serve_forever()
