package arn

// Default is the partition of the constructors in this package, and of an
// installation that names no other.
const Default = "aws"

// partitions are those of botocore's endpoint data, botocore/data/partitions.json.
var partitions = [...]string{
	"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc",
}

// IsPartition reports whether p is a partition that AWS has.
func IsPartition(p string) bool {
	for _, q := range partitions {
		if p == q {
			return true
		}
	}
	return false
}
