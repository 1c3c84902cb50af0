# Settings of tickctl as environment variables: `source env.sh`, or let make do it.
# A variable that is set already is left alone, so `APP_NAME=blue make all` works; an empty one counts as absent.
# What is not here is in stacks/ticket.yaml; what is set here wins over it.

# The AWS CLI's profile whose credentials are used. Empty: the standard chain (environment, ~/.aws, SSO, container, EC2).
export AWS_PROFILE="${AWS_PROFILE:-}"

# The account this stack belongs to, twelve digits. Empty: whatever the credentials say. Set: another account stops the run.
export AWS_ACCOUNT_ID="${AWS_ACCOUNT_ID:-}"

# The regions, the primary one first (the run lock lives there). Empty: those of the stack file
# (ap-northeast-1 ap-northeast-2).
export AWS_REGIONS="${AWS_REGIONS:-}"

# The region that other AWS tools use by default.
export AWS_REGION="${AWS_REGION:-ap-northeast-1}"

# The stack: stacks/$TICKCTL_STACK.yaml and .stamps/$TICKCTL_STACK.
export TICKCTL_STACK="${TICKCTL_STACK:-ticket}"

# Prefix of every name in AWS, and the value of the tag tickctl:stack. Empty: the stack file's name. At most 24 characters.
export APP_NAME="${APP_NAME:-}"

# One network block a region, in the order of the regions; they must not overlap. Empty: those of the stack file
# (10.11.0.0/16 10.12.0.0/16).
export VPC_CIDR="${VPC_CIDR:-}"

# Names of the Aurora cluster and the Redis replication group. Empty: <name>-aurora and <name>-redis.
export AURORA_CLUSTER_ID="${AURORA_CLUSTER_ID:-}"
export REDIS_CLUSTER_ID="${REDIS_CLUSTER_ID:-}"

# The tag of the pushed image. Empty: derived from its digest, so that one tag never means two images.
export IMAGE_TAG="${IMAGE_TAG:-}"

# An emulator instead of AWS: AWS_ENDPOINT_URL=http://127.0.0.1:4566, or AWS_ENDPOINT_URL_<SERVICE> for one service.
# A registry elsewhere: TICKCTL_REGISTRY_ENDPOINT, TICKCTL_REGISTRY_USER, TICKCTL_REGISTRY_PASSWORD.
# A database for `tickctl db` and step 08 that is reached directly: DATABASE_URL.
