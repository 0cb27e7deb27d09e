#!/usr/bin/env python3
"""Writes reference.md, of what a server says that it knows, and api.md, of openapi.yaml.

    generate.py FITD FOLDER

FITD is the binary, which is asked what it knows.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
KINDS = {
    "layers": ("Layers", "What a stack is made of, as `class_name` with its `config`."),
    "activations": ("Activations", "By name, as a layer's `activation` or of the layer `Activation`."),
    "losses": ("Losses", "For `loss` of compile."),
    "optimizers": ("Optimizers", "For `optimizer` of compile."),
    "schedules": ("Schedules", "For an optimizer's `learning_rate`."),
    "metrics": ("Metrics", "For `metrics` and `weighted_metrics` of compile. Each loss is a metric, too."),
    "initializers": ("Initializers", "For a layer's `kernel_initializer` and its like."),
    "regularizers": ("Regularizers", "For a layer's `kernel_regularizer` and its like."),
    "constraints": ("Constraints", "For a layer's `kernel_constraint` and its like."),
    "callbacks": ("Callbacks", "For `callbacks` of fit. `History` and `ProgbarLogger` are what every fit has."),
}
METHODS = ("get", "put", "post", "delete")
NOTE = "<!-- `make docs` writes this file; a test holds it to what it is made of. -->\n\n"


def reference(service):
    """All that can stand in a definition or a request, with its arguments as Python would print the call."""
    text = "# Reference\n\n" + NOTE
    text += (
        "What a server knows, as `GET /v1` tells it. Names, arguments and defaults are Keras's. An argument without a "
        "default has to be given. Other spellings of a name stand beside it.\n\n"
    )
    text += " · ".join(f"[{title}](#{title.lower()})" for title, _ in KINDS.values()) + "\n"
    for kind, (title, use) in KINDS.items():
        text += f"\n## {title}\n\n{use}\n"
        for entry in service[kind]:
            others = sorted(set(entry.get("aliases", [])) - {entry["name"]})
            text += f"\n### {entry['name']}\n\n"
            if others:
                text += "Also " + ", ".join(f"`{name}`" for name in others) + ".\n\n"
            if "arguments" in entry:
                text += f"```python\n{signature(entry)}\n```\n"
    return text.replace("\n\n\n", "\n\n")


def signature(entry):
    arguments = []
    for each in sorted(entry["arguments"], key=lambda each: not each.get("required")):
        value = "" if each.get("required") else f"={python(each.get('default'))}"
        arguments.append(each["name"] + value)
    line = f"{entry['name']}({', '.join(arguments)})"
    if len(line) <= 110:
        return line
    lines, last = [f"{entry['name']}("], "   "
    for argument in arguments:
        if len(last) + len(argument) > 108:
            lines.append(last)
            last = "   "
        last += f" {argument},"
    return "\n".join([*lines, last, ")"])


def python(value):
    """A default as Python writes it."""
    if value == "":
        return "None"
    return repr(value) if not isinstance(value, dict) else json.dumps(value)


class Contract:
    """The contract as a page: each call with what it takes and answers, then the forms of JSON."""

    def __init__(self, contract):
        self.contract = contract

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            reference = node["$ref"]
            node = self.contract
            for part in reference.removeprefix("#/").split("/"):
                node = node[part]
        return node

    def page(self):
        text = "# API\n\n" + NOTE
        text += "The same as [openapi.yaml](../openapi.yaml), which is the authority.\n\n"
        text += self.contract["info"]["description"].replace("## Conventions\n\n", "").strip() + "\n"
        for tag in self.contract["tags"]:
            text += f"\n## {tag['name'].capitalize()}\n\n{tag['description']}\n"
            for path, item in self.contract["paths"].items():
                for method in METHODS:
                    if tag["name"] in item.get(method, {}).get("tags", []):
                        text += "\n" + self.call(method, path, item)
        text += "\n## Forms\n"
        for name, schema in self.contract["components"]["schemas"].items():
            text += f"\n### {name}\n\n" + self.form(schema)
        return text

    def call(self, method, path, item):
        call = item[method]
        text = f"### {method.upper()} {path}\n\n{call['summary']}{'' if call['summary'].endswith('?') else '.'}\n"
        if call.get("description"):
            text += f"\n{call['description'].strip()}\n"
        named = [self.resolve(each) for each in item.get("parameters", []) + call.get("parameters", [])]
        named = [each for each in named if each["name"] not in ("X-Request-Id", "Accept-Encoding")]
        if named:
            text += "\n| parameter | in | |\n| --- | --- | --- |\n"
            for each in named:
                text += f"| `{each['name']}` | {each['in']} | {cell(each.get('description', ''))} |\n"
        if "requestBody" in call:
            text += "\nTakes " + self.contents(self.resolve(call["requestBody"])["content"]) + ".\n"
        text += "\n| answer | |\n| --- | --- |\n"
        problems = []
        for status, answer in call["responses"].items():
            answer = self.resolve(answer)
            if status >= "4":
                problems.append(status)
                continue
            said = answer["description"]
            if answer.get("content"):
                said += " " + self.contents(answer["content"])
            text += f"| {status} | {cell(said)} |\n"
        if problems:
            text += f"| {' '.join(problems)} | a [Problem](#problem) |\n"
        return text

    def contents(self, content):
        return ", ".join(f"`{kind}`{self.link(each.get('schema', {}))}" for kind, each in content.items())

    def link(self, schema):
        if "$ref" not in schema:
            return ""
        name = schema["$ref"].rsplit("/", 1)[1]
        return "" if name == "File" else f" ([{name}](#{name.lower()}))"

    def form(self, schema):
        text = f"{schema['description'].strip()}\n\n" if schema.get("description") else ""
        if "properties" in schema:
            text += "| member | | |\n| --- | --- | --- |\n"
            for name, each in schema["properties"].items():
                needed = "" if name in schema.get("required", []) else "optional"
                text += f"| `{name}` | {cell(self.kind(each))}{', ' * bool(needed)}{needed} "
                text += f"| {cell(each.get('description', '')) if isinstance(each, dict) else ''} |\n"
        else:
            text += self.kind(schema).capitalize() + ".\n"
        if "example" in schema:
            text += f"\n```json\n{json.dumps(schema['example'], indent=2)}\n```\n"
        return text

    def kind(self, schema):
        """A schema in a few words."""
        if not isinstance(schema, dict):
            return "anything"
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return f"[{name}](#{name.lower()})"
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        if "enum" in schema:
            return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
        if "anyOf" in schema:
            return " or ".join(dict.fromkeys(self.kind(each) for each in schema["anyOf"]))
        kinds = schema.get("type", "anything")
        words = " or ".join(kinds) if isinstance(kinds, list) else kinds
        if "array" in words and "items" in schema:
            words = words.replace("array", f"list of {self.kind(schema['items'])}")
        if "default" in schema:
            words += f", `{json.dumps(schema['default'])}` unless given"
        return words


def cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def known(binary):
    """What `GET /v1` of a server says."""
    with tempfile.TemporaryDirectory() as data:
        command = [binary, "serve", "--port", "0", "--data-dir", data, "--log-level", "error"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().split()[-1]
            with urllib.request.urlopen(url + "/v1") as answer:
                return json.load(answer)
        finally:
            server.terminate()
            server.wait()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    service = known(sys.argv[1])
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    (folder / "reference.md").write_text(reference(service))
    (folder / "api.md").write_text(Contract(contract).page())


if __name__ == "__main__":
    main()
