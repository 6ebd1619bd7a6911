// Package state holds what an installation knows: accounts, users, groups,
// roles, policies, access keys, the organization, and the records of the S3
// store. It is the authority on all of them; nothing else is written down
// anywhere but events and object contents.
//
// Start at Open, which gives a DB. Snapshot returns the present state for
// reading, Update changes it. A Snapshot is immutable and its reads neither
// block nor touch the disk; hold one for as long as a request lasts.
//
// Everything that a Snapshot hands out is shared: to change an entity, copy
// the struct, edit the copy (never a slice or map in place), and Put it.
//
// An entity type is one file: its struct, its table (prefix in the store, key,
// indexes), its reads, its Put and Delete. The list named kinds has a line for
// each. Values are kept as a version byte and CBOR with integer keys; a number
// that a field once had is never given to another.
//
// The package does not authorize, does not know AWS's error texts, quotas or
// the grammar of names, and keeps no clock: callers validate what they put.
package state
