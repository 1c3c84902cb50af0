"""Copies of the whole account, so that many tests can start from a stack that was made once."""
import copy
import sys

import autoscaling
import corrections
import deployments
import registry

OURS = ((autoscaling, "_targets"), (autoscaling, "_policies"), (autoscaling, "_tags"), (corrections, "_answered"),
        (registry, "_logins"), (deployments, "_deployments"), (deployments, "_revisions"))
_kept: dict[str, list] = {}


def containers():
    """Every mutable module-level container of ministack's loaded services, and ours."""
    from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict
    for name, module in sorted(sys.modules.items()):
        if not name.startswith("ministack.services."):
            continue
        for attribute, value in vars(module).items():
            if not attribute.startswith("_") or attribute.startswith("__") or attribute.upper() == attribute:
                continue
            if isinstance(value, (AccountScopedDict, AccountRegionScopedDict)):
                yield (name, attribute), value._data
            elif type(value) in (dict, set, list):
                yield (name, attribute), value
    for module, attribute in OURS:
        yield (module.__name__, attribute), getattr(module, attribute)


def save(name: str) -> int:
    kept = []
    for key, value in containers():
        try:
            kept.append((key, copy.deepcopy(value)))
        except Exception:  # handles of threads and sockets: no part of an account
            continue
    _kept[name] = kept
    return len(kept)


def restore(name: str) -> int:
    if name not in _kept:
        raise ValueError(f"no snapshot {name!r}")
    current = dict(containers())
    for key, saved in _kept[name]:
        value, fresh = current[key], copy.deepcopy(saved)
        value.clear()
        value.extend(fresh) if isinstance(value, list) else value.update(fresh)
    return len(_kept[name])
