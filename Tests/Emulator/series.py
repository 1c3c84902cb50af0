"""CloudWatch's metric math, which ministack lacks: expressions in GetMetricData over the metrics of the same call.

Arithmetic, SUM, MAX, MIN and AVG over [lists] of metrics, PERIOD. A point is where every metric of the expression has one
(CloudWatch User Guide "Using math expressions with CloudWatch metrics"). Hidden metrics (ReturnData false) are not answered.
"""
import ast
import json

FUNCTIONS = {"SUM": sum, "MAX": max, "MIN": min, "AVG": lambda values: sum(values) / len(values)}
NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.List, ast.Constant, ast.Add, ast.Sub,
         ast.Mult, ast.Div, ast.USub)


def install() -> None:
    from ministack.services import cloudwatch
    inner = cloudwatch._get_metric_data

    def metric_data(params, data, is_cbor, is_json=False):
        queries = data.get("MetricDataQueries", []) if is_json else []
        expressions = {q["Id"]: q["Expression"] for q in queries if q.get("Expression")}
        if not expressions:
            return inner(params, data, is_cbor, is_json)
        shown = {q["Id"] for q in queries if q.get("ReturnData", True)}
        metrics = [{**q, "ReturnData": True} for q in queries if q["Id"] not in expressions]
        periods = {q["Id"]: q["MetricStat"]["Period"] for q in metrics}
        status, headers, body = inner(params, {**data, "MetricDataQueries": metrics}, is_cbor, is_json)
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        series = {r["Id"]: dict(zip(r["Timestamps"], r["Values"])) for r in answer["MetricDataResults"]}
        answer["MetricDataResults"] += [result(name, text, series, periods) for name, text in expressions.items()]
        answer["MetricDataResults"] = [r for r in answer["MetricDataResults"] if r["Id"] in shown]
        return status, headers, json.dumps(answer).encode()

    cloudwatch._get_metric_data = metric_data


def result(name: str, text: str, series: dict, periods: dict) -> dict:
    tree = ast.parse(text, mode="eval")
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & set(series)
    if not used or not all(isinstance(node, NODES) for node in ast.walk(tree)):
        raise ValueError(f"not understood: {text}")
    code = compile(tree, name, "eval")
    points = {}
    for at in set.intersection(*(set(series[one]) for one in used)):
        values = {one: series[one][at] for one in used}
        period = {"PERIOD": lambda value: next(periods[one] for one in used)}
        try:
            points[at] = eval(code, {"__builtins__": {}}, {**FUNCTIONS, **period, **values})
        except ZeroDivisionError:
            continue
    return {"Id": name, "Label": name, "Timestamps": sorted(points), "Values": [points[at] for at in sorted(points)],
            "StatusCode": "Complete"}
