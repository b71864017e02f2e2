#!/usr/bin/env python3
"""Writes models.zst anew: what the AWS API has, from the models that AWS publishes.

    python3 src/event/api/refresh.py [VERSION]

The models are those of the PyPI package botocore, in the version named or else the
newest; it and zstandard are installed into a folder that is removed again. Names are
taken and nothing else, no word of documentation. At the end it says what came and went
since the file before, for the changelog and for whoever reads the change.

The file is text, compressed. Its first line tells the format, the second the version of
the models, the third the day they were taken. Then, for each service:

    =CodeBuild codebuild.amazonaws.com          its name and event sources
    CreateProject w name source:ProjectSource   an operation, what it does, its members
    :ProjectSource type location ...            a structure that members lead to

`r` reads, `w` writes, `-` is neither by the model nor by its name. A member is
`name[=name on the wire][:structure]`, where `*structure` is a map to such structures;
lists are passed through. Spaces in a service's name are written as `_`.
"""

import datetime
import importlib
import pathlib
import re
import subprocess
import sys
import tempfile

FILE = pathlib.Path(__file__).with_name("models.zst")
FORMAT = "trailgate-api 1"
READS = re.compile(
    "(Get|List|Describe|Head|BatchGet|BatchDescribe|BatchRead|Search|Lookup|Query|Scan|Select"
    "|Read|View|Preview|Estimate|Simulate|Validate|Check|Test|Detect|Discover|Filter|Count)[A-Z0-9]"
)
WRITES = re.compile(
    "(Create|Delete|Put|Update|Modify|Set|Add|Remove|Attach|Detach|Associate|Disassociate|Start"
    "|Stop|Enable|Disable|Register|Deregister|Tag|Untag|Batch(Create|Delete|Put|Update|Write)"
    "|Cancel|Import|Restore|Copy|Reboot|Reset|Terminate|Run|Revoke|Authorize|Accept|Reject"
    "|Publish|Send|Replace|Write|Upload|Purchase|Purge|Promote|Allocate|Release|Change)[A-Z0-9]?"
)


def main():
    version = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        wanted = "botocore" + (f"=={version}" if version else "")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder]
        subprocess.run([*pip, wanted, "zstandard"], check=True)
        sys.path.insert(0, folder)
        botocore = importlib.import_module("botocore")
        loaders = importlib.import_module("botocore.loaders")
        zstandard = importlib.import_module("zstandard")
        lines = [
            FORMAT,
            f"botocore {botocore.__version__}",
            datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        ]
        loader = loaders.Loader()
        for name in loader.list_available_services("service-2"):
            lines.extend(service(loader, name))
        text = "\n".join(lines) + "\n"
        report(calls(before(zstandard)), calls(text))
        parameters = zstandard.ZstdCompressionParameters.from_level(
            22, source_size=len(text), window_log=23, write_checksum=True
        )
        compressor = zstandard.ZstdCompressor(compression_params=parameters)
        FILE.write_bytes(compressor.compress(text.encode()))
        print(f"{FILE.name}: {lines[1]}, {FILE.stat().st_size} bytes")


def service(loader, name):
    """The lines of a service: its newest model, and operations of older ones."""
    models = [
        loader.load_service_model(name, "service-2", version)
        for version in loader.list_api_versions(name, "service-2")
    ]
    newest = models[-1]
    metadata = newest["metadata"]
    prefixes = {metadata["endpointPrefix"], metadata.get("signingName", metadata["endpointPrefix"])}
    sources = " ".join(f"{prefix}.amazonaws.com" for prefix in sorted(prefixes))
    yield f"={metadata['serviceId'].replace(' ', '_')} {sources}"
    structures = Structures(newest)
    operations = {
        name: (model, operation)
        for model in models
        for name, operation in model["operations"].items()
    }
    for name, (model, operation) in sorted(operations.items()):
        members = structures.members(operation) if model is newest else Structures(model).names(operation)
        yield " ".join([name, effect(name, operation), *members])
    yield from structures.lines()


def effect(name, operation):
    if operation.get("readonly") or operation["http"]["method"] in ("GET", "HEAD"):
        return "r"
    if READS.match(name):
        return "r"
    if operation["http"]["method"] in ("PUT", "DELETE", "PATCH") or WRITES.match(name):
        return "w"
    return "-"


class Structures:
    """The structures of a model that the members of operations lead to."""

    def __init__(self, model):
        self.shapes = model["shapes"]
        # Query services log the names of the model, not those on the wire.
        self.wire = model["metadata"]["protocol"] in ("json", "rest-json")
        self.reached = {}

    def members(self, operation):
        shape = operation.get("input", {}).get("shape")
        return self.row(shape) if shape else []

    def names(self, operation):
        return [member.split(":")[0] for member in self.members(operation)]

    def row(self, shape):
        return [self.member(*entry) for entry in self.shapes[shape].get("members", {}).items()]

    def member(self, name, reference):
        written = name
        other = reference.get("locationName", name) if self.wire else name
        if other.lower() != name.lower() and re.fullmatch(r"[A-Za-z][\w-]*", other):
            written += f"={other}"
        target = self.target(reference["shape"], ())
        if not target:
            return written
        self.reach(target.lstrip("*"))
        return f"{written}:{target}"

    def target(self, name, seen):
        """The structure behind a shape, through lists, one map marked."""
        shape = self.shapes[name]
        if name in seen or shape.get("document"):
            return None
        if shape["type"] == "structure":
            return name if shape.get("members") else None
        if shape["type"] == "list":
            return self.target(shape["member"]["shape"], (*seen, name))
        if shape["type"] == "map":
            target = self.target(shape["value"]["shape"], (*seen, name))
            return target and (None if target.startswith("*") else f"*{target}")
        return None

    def reach(self, name):
        if name not in self.reached:
            self.reached[name] = None
            self.reached[name] = self.row(name)

    def lines(self):
        for name, row in sorted(self.reached.items()):
            yield " ".join([f":{name}", *row])


def before(zstandard):
    if not FILE.exists():
        return ""
    return zstandard.ZstdDecompressor().decompress(FILE.read_bytes()).decode()


def calls(text):
    found, source = {}, ""
    for line in text.splitlines()[3:]:
        if line.startswith("="):
            source = line.split()[0][1:]
        elif not line.startswith(":"):
            found[f"{source} {line.split()[0]}"] = None
    return found


def report(old, new):
    came, went = [call for call in new if call not in old], [call for call in old if call not in new]
    print(f"{len(new)} operations; {len(came)} came, {len(went)} went")
    for call in went:
        print(f"  gone: {call}")
    for call in came[:50]:
        print(f"  new: {call}")


if __name__ == "__main__":
    main()
