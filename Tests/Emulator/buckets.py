"""S3, where ministack is wrong about what the stack's bucket needs.

| operation | ministack | here, as AWS says | source |
|---|---|---|---|
| any, with x-amz-expected-bucket-owner | header ignored | 403 AccessDenied when another account owns the bucket | S3 User Guide "Verifying bucket ownership with bucket owner condition" |
| CreateBucket | blocks public access with --auth only | every new bucket does, on all four | S3 User Guide "Default settings for new S3 buckets FAQ" |
| DeleteObjects, replacing a setting | without a checksum accepted, a wrong one too | 400 InvalidRequest, 400 BadDigest | S3 API: the header Content-MD5 of each; botocore's trait httpChecksum |
| DeleteObjects of more than 1,000 keys | accepted | 400 MalformedXML | S3 API DeleteObjects |
| GetObject of an absent key without s3:ListBucket, with --auth | 404 NoSuchKey | 403 AccessDenied | S3 API GetObject, "Permissions" |
"""
import base64
import hashlib

from wire import Call, service_model

# What a call needs, by its operation: IAM's name is not always the API's
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html).
IAM_ACTIONS = {
    "CreateBucket": "CreateBucket", "DeleteBucket": "DeleteBucket", "HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket", "GetBucketTagging": "GetBucketTagging", "PutBucketTagging": "PutBucketTagging",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock", "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock", "GetBucketPolicy": "GetBucketPolicy",
    "PutBucketPolicy": "PutBucketPolicy", "DeleteBucketPolicy": "DeleteBucketPolicy",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration", "GetObject": "GetObject", "HeadObject": "GetObject",
    "PutObject": "PutObject", "DeleteObject": "DeleteObject", "DeleteObjects": "DeleteObject",
    "ListObjectVersions": "ListBucketVersions",
}
MAXIMUM_KEYS = 1000


def install() -> None:
    from ministack.services import s3
    s3._new_bucket_public_access_block = lambda: {"_public_access_block": s3._NEW_BUCKET_PUBLIC_ACCESS_BLOCK}


def check(call: Call, account: str):
    """(status, code, message) of a refusal, or None."""
    from ministack.services import s3
    bucket = call.input.get("Bucket")
    owner = s3._bucket_owner_account(bucket) if bucket else None
    expected = call.headers.get("x-amz-expected-bucket-owner")
    if expected and owner and expected != owner:
        return 403, "AccessDenied", "Access Denied"
    wanted = (service_model("s3")["operations"].get(call.action) or {}).get("httpChecksum") or {}
    if wanted.get("requestChecksumRequired"):
        refusal = checksum_refusal(call)
        if refusal:
            return refusal
    if call.action == "DeleteObjects" and len(objects_of(call)) > MAXIMUM_KEYS:
        return 400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our " \
                                    "published schema"
    return None


def checksum_refusal(call: Call):
    sent = {k: v for k, v in call.headers.items() if k.startswith("x-amz-checksum-") or k == "content-md5"}
    if not sent:
        return 400, "InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
    for name, algorithm in (("x-amz-checksum-sha256", hashlib.sha256), ("content-md5", hashlib.md5)):
        if name in sent and base64.b64decode(sent[name]) != algorithm(call.body).digest():
            return 400, "BadDigest", f"The {name} you specified did not match what we received."
    return None


def objects_of(call: Call) -> list:
    """What DeleteObjects is to delete, each with its Key and perhaps its VersionId."""
    objects = (call.input.get("Delete") or {}).get("Object") or []
    return objects if isinstance(objects, list) else [objects]
