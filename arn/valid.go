package arn

// Valid reports whether s names one thing: a well-formed ARN of a known
// partition, with a service of lower-case letters, digits and hyphens, a region
// of the same characters or none, an account of twelve digits, "aws",
// "cloudfront" or none, and a resource without control characters. A pattern
// with wildcards outside its resource is not valid.
func Valid(s string) bool {
	a, err := Parse(s)
	if err != nil || !IsPartition(a.Partition) || !lowerName(a.Service) {
		return false
	}
	if a.Region != "" && !lowerName(a.Region) {
		return false
	}
	switch a.Account {
	case "", "aws", "cloudfront":
	default:
		if !IsAccount(a.Account) {
			return false
		}
	}
	for i := 0; i < len(a.Resource); i++ {
		if a.Resource[i] < ' ' || a.Resource[i] == 0x7f {
			return false
		}
	}
	return true
}

// IsAccount reports whether s is an account id: twelve digits.
func IsAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func lowerName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != ""
}
