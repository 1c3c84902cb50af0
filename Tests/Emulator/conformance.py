"""The table conformance.yaml, and how checks are tied to its rows."""
import os

import yaml

CHECKS: dict[str, callable] = {}


def rows():
    """(id, row with `service` and `url`) of every row."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "conformance.yaml")) as file:
        table = yaml.safe_load(file)
    return [(row["id"], {**row, "service": service, "url": part["source"] + row["page"]})
            for service, part in table.items() for row in part["rows"]]


def checks(identifier):
    """Marks the check of a row."""
    def mark(function):
        if identifier in CHECKS:
            raise ValueError(f"two checks of {identifier}")
        CHECKS[identifier] = function
        return function
    return mark
