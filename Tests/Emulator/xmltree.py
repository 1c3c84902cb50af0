"""Parsing and writing the XML of AWS answers without disturbing their namespace."""
import xml.etree.ElementTree as ET

import defusedxml.ElementTree

from wire import local


def parse(body: bytes):
    """The root element, or None when the body is no XML."""
    try:
        return defusedxml.ElementTree.fromstring(body)
    except Exception:
        return None


def write(root) -> bytes:
    if root.tag.startswith("{"):
        ET.register_namespace("", root.tag[1:].split("}")[0])
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root)


def child(element, *names):
    """The descendant along local names, or None."""
    for name in names:
        element = next((c for c in element if local(c.tag) == name), None)
        if element is None:
            return None
    return element


def text(element, *names) -> str:
    found = child(element, *names)
    return (found.text or "") if found is not None else ""


def sub(parent, name: str, value: str):
    """Appends <name>value</name> in the parent's namespace."""
    namespace = parent.tag.rsplit("}", 1)[0] + "}" if parent.tag.startswith("{") else ""
    element = ET.SubElement(parent, namespace + name)
    element.text = value
    return element
