"""Stale reads: for a while after a write, reads of the service answer what they would have answered before it.
No answer lags longer than that behind any write, however many follow it.

Two forms. A read that was asked before gets its old answer again. A read that names or lists something made a moment ago
does not see it yet: EC2 lists lack it (and refuse its id), SQS and IAM say that it does not exist.
"""
import re

import clock
from wire import Answer, Call, error_answer
from xmltree import parse, text, write

NEW_ID = re.compile(rb"<(vpcId|subnetId|internetGatewayId|natGatewayId|routeTableId|groupId|allocationId|vpcEndpointId)>"
                    rb"([^<]+)<")
# EC2 create -> the id it makes, how a refusal names it.
MADE_BY = {
    "CreateVpc": ("vpcId", "InvalidVpcID.NotFound", "vpc ID"),
    "CreateSubnet": ("subnetId", "InvalidSubnetID.NotFound", "subnet ID"),
    "CreateInternetGateway": ("internetGatewayId", "InvalidInternetGatewayID.NotFound", "internetGateway ID"),
    "CreateNatGateway": ("natGatewayId", "NatGatewayNotFound", "NAT gateway"),
    "CreateRouteTable": ("routeTableId", "InvalidRouteTableID.NotFound", "routeTable ID"),
    "CreateSecurityGroup": ("groupId", "InvalidGroup.NotFound", "security group"),
    "AllocateAddress": ("allocationId", "InvalidAllocationID.NotFound", "allocation ID"),
    "CreateVpcEndpoint": ("vpcEndpointId", "InvalidVpcEndpointId.NotFound", "VPC endpoint ID"),
}
# Reads that refuse a name not yet seen: (service, read) -> (input member, code, message).
NOT_YET = {
    ("iam", "GetRole"): ("RoleName", 404, "NoSuchEntity", "The role with name {} cannot be found."),
    ("sqs", "GetQueueAttributes"): ("QueueUrl", 400, "AWS.SimpleQueueService.NonExistentQueue",
                                    "The specified queue does not exist."),
    ("sqs", "GetQueueUrl"): ("QueueName", 400, "AWS.SimpleQueueService.NonExistentQueue",
                             "The specified queue does not exist."),
    ("dynamodb", "DescribeTable"): ("TableName", 400, "ResourceNotFoundException",
                                    "Requested resource not found: Table: {} not found"),
}
CREATES_NAME = {"CreateRole": "RoleName", "CreateQueue": "QueueName", "CreateTable": "TableName"}


class StaleReads:
    """settings: {"services": [...], "seconds": s} or {"services": [...], "reads": n}."""

    def __init__(self):
        self.settings = None
        self.answers: dict[tuple, list] = {}     # (service, region) + read -> [answer, window; None: no write since]
        self.new_ids: dict[str, tuple] = {}      # id -> (end or reads left, tag, code, label)
        self.new_names: dict[tuple, float] = {}  # (service, region, name) -> [end, reads left]

    def configure(self, value):
        self.__init__()
        self.settings = value or None

    def _covers(self, call: Call) -> bool:
        return bool(self.settings) and call.service in self.settings.get("services", ["ec2", "sqs", "iam"])

    def _window(self):
        seconds, reads = self.settings.get("seconds"), self.settings.get("reads")
        return [clock.now() + seconds if seconds else float("inf"), reads if reads else float("inf")]

    @staticmethod
    def _open(window) -> bool:
        return window[0] > clock.now() and window[1] > 0

    def answer_for(self, call: Call):
        """The old answer of a read inside a window, or None."""
        if not self._covers(call) or call.kind != "read":
            return None
        name = self._name(call)
        if name is not None:
            window = self.new_names.get((call.service, call.region, name))
            if window and self._open(window):
                window[1] -= 1
                _, status, code, message = NOT_YET[(call.service, call.action)]
                return error_answer(call, status, code, message.format(name))
        old, window = self.answers.get((call.service, call.region, call.action, call.body), (None, None))
        if window and self._open(window):
            window[1] -= 1
            return old
        return None

    def _name(self, call):
        known = NOT_YET.get((call.service, call.action))
        if known is None:
            return None
        return str(call.input.get(known[0], "")).rsplit("/", 1)[-1]

    def observe(self, call: Call, answer: Answer):
        if not self._covers(call):
            return
        key = (call.service, call.region)
        if call.kind == "read":
            if answer.status < 400:
                self.answers[key + (call.action, call.body)] = [answer, None]
            return
        if answer.status >= 400:
            return
        window = self._window()
        for read, known in self.answers.items():
            if read[:2] == key and known[1] is None:
                known[1] = window
        made = MADE_BY.get(call.action) if call.service == "ec2" else None
        if made:
            for tag, value in NEW_ID.findall(answer.body):
                if tag.decode() == made[0]:
                    self.new_ids[value.decode()] = (self._window(),) + made
                    break
        if call.action in CREATES_NAME:
            name = call.input.get(CREATES_NAME[call.action])
            self.new_names[key + (name,)] = self._window()

    def hide_new(self, call: Call, answer: Answer) -> Answer:
        """EC2 only: what was made inside the window is missing from lists, and refused when named."""
        if not self._covers(call) or call.service != "ec2" or call.kind != "read" or answer.status >= 400:
            return answer
        hidden = {i: w for i, w in self.new_ids.items() if self._open(w[0])}
        for identifier, (window, _, code, label) in hidden.items():
            if re.search(rb"(?:Id|GroupId)\.\d+=" + identifier.encode() + rb"(&|$)", call.body):
                window[1] -= 1
                return error_answer(call, 400, code, f"The {label} '{identifier}' does not exist")
        if not hidden or not any(i.encode() in answer.body for i in hidden):
            return answer
        root, changed = parse(answer.body), False
        if root is None:
            return answer
        for collection in root:
            for item in list(collection):
                for identifier, (window, tag, _, _) in hidden.items():
                    if text(item, tag) == identifier and next(iter_ids(item)) == tag:
                        collection.remove(item)
                        window[1] -= 1
                        changed = True
                        break
        return answer.with_body(write(root)) if changed else answer


OWN_ID = ("natGatewayId", "vpcEndpointId", "routeTableId", "internetGatewayId", "allocationId", "groupId", "subnetId",
          "vpcId")


def iter_ids(item):
    """The ids an EC2 item carries, its own first: a subnet also carries its VPC's."""
    for name in OWN_ID:
        if text(item, name):
            yield name
    yield ""
