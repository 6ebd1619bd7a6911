package iam

import "iter"

// Reference is AWS's service reference, as far as reports are about it. What
// it yields is shared: never change it.
type Reference interface {
	// Services yields namespace and name of every service, by namespace.
	Services() iter.Seq2[string, string]
	// Actions yields the actions of a service by name, each with the ARNs of
	// what it acts on, variables as in arn:${Partition}:s3:::${BucketName}: none
	// when a policy can name no resource for it.
	Actions(namespace string) iter.Seq2[string, []string]
}

// noReference knows no service.
type noReference struct{}

func (noReference) Services() iter.Seq2[string, string] { return func(func(string, string) bool) {} }

func (noReference) Actions(string) iter.Seq2[string, []string] {
	return func(func(string, []string) bool) {}
}

// serviceNames are the names of services as the reports print them, by
// namespace.
func serviceNames(r Reference) map[string]string {
	names := make(map[string]string)
	for namespace, name := range r.Services() {
		names[namespace] = name
	}
	if names["iam"] != "" {
		names["iam"] = "AWS Identity and Access Management" // the reference adds "(IAM)"
	}
	return names
}
