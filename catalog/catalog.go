// Package catalog knows what AWS publishes about its services: the actions
// with their access levels, the resource types with their ARN patterns, the
// condition keys with their types, and the AWS managed policies.
//
// Start at [Action], [Service], [ConditionKey] and [ManagedPolicy]. [Schema]
// is the view of it that the policy engine takes.
//
// The data is embedded; [Sources] says where it comes from, and
// internal/gen makes it anew. Importing the package costs nothing: an index is
// read at first use, and a service or a document is decompressed when it is
// asked for.
//
// The catalog states facts about AWS and decides nothing. It does not say how
// an API operation maps to actions, it has no descriptions, and of the managed
// policies it has the default version only. What it does not know it reports
// as unknown; whether that allows anything is the caller's affair.
package catalog

import "slices"

// Source says where one part of the data comes from.
type Source struct {
	What    string // "service reference" or "AWS managed policies"
	Name    string
	Version string
	Date    string // YYYY-MM-DD, of the data rather than of the package
	Licence string
	Digest  string // of the files read, as internal/gen computes it
}

// Sources returns the sources of the data. The slice belongs to the caller.
func Sources() []Source { return slices.Clone(sources) }
